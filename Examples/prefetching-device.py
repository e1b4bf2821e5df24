#!/usr/bin/env python3
"""A device that prefetches: python3 Examples/prefetching-device.py [http://127.0.0.1:8080/graphql] [tonight] [seconds]
(pip install 'gql[aiohttp]' websockets)"""
import asyncio, json, random, sys
import websockets
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportError

endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080/graphql"
event = sys.argv[2] if len(sys.argv) > 2 else "tonight"
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else None
device = f"py-{random.randrange(16**6):06x}"
PREFETCH = gql("""
    query Prefetch($event: ID!) {
      event(id: $event) {
        title
        stage { key }
        lastBroadcast { sequence timestamp }
        connection { url protocol topic }
        stageMap { version homeRow { stages { ...Entry } fallback { ...Entry } } }
      }
    }
    fragment Entry on HomeRowEntry { key badge title row position autoplay link }
""")

def show(entries, fallback, stage):
    entry = entries.get(stage, fallback)
    print(f"{stage}: {entry['badge'] or '-'} | {entry['title']} in row {entry['position']} “{entry['row']}”", flush=True)

async def main():
    transport = AIOHTTPTransport(url=endpoint, headers={"X-Device": device, "X-Device-Family": "python"})
    async with Client(transport=transport, fetch_schema_from_transport=True) as client:
        found = (await client.execute(PREFETCH, variable_values={"event": event}))["event"]
    if not found: sys.exit(f"This engine runs no live event {event}.")
    home, where = found["stageMap"]["homeRow"], found["connection"]
    if not where: sys.exit("No edge node listens: there is nowhere to connect to.")
    entries = {entry["key"]: entry for entry in home["stages"]}
    print(f"{device} holds {len(entries)} stages of {found['title']}", flush=True)
    if found["stage"]: show(entries, home["fallback"], found["stage"]["key"])
    # A reconnect and the file with the last position are left to Examples/device.py.
    async with websockets.connect(where["url"], subprotocols=[where["protocol"]]) as edge:
        topic = {"topic": where["topic"], **(found["lastBroadcast"] or {})}
        await edge.send(json.dumps({"type": "hello", "device": device, "topics": [topic]}))
        async for text in edge:
            message = json.loads(text)
            if message["type"] not in ("stage", "reset"): continue
            if message["stage"]: show(entries, home["fallback"], message["stage"])
            await edge.send(json.dumps({"type": "ack", "topic": where["topic"], "sequence": message["sequence"]}))

try: asyncio.run(asyncio.wait_for(main(), seconds))
except (KeyboardInterrupt, asyncio.TimeoutError): pass
except (TransportError, OSError, websockets.WebSocketException) as fault: sys.exit(f"{endpoint}: {fault}")
