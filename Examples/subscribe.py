#!/usr/bin/env python3
"""A GraphQL client off the shelf: python3 Examples/subscribe.py [ws://127.0.0.1:8081/v1/live] [tonight]   (pip install 'gql[websockets]')"""
import asyncio, sys
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

url = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8081/v1/live"
event = sys.argv[2] if len(sys.argv) > 2 else "tonight"
stages = gql("subscription ($event: ID!) { stageChanged(event: $event) { stage sequence timestamp recovered } }")

async def main():
    # A device that comes back says who it is, and `after:` which position it has.
    transport = WebsocketsTransport(url, init_payload={"device": "gql-example"})
    async with Client(transport=transport) as session:
        stages.variable_values = {"event": event}
        async for result in session.subscribe(stages):
            change = result["stageChanged"]
            print(change["stage"], f"#{change['sequence']}", "" if change["recovered"] else "reset", flush=True)

try: asyncio.run(main())
except KeyboardInterrupt: pass
except TransportQueryError as fault: sys.exit(fault.errors[0]["message"])
