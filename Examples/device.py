#!/usr/bin/env python3
"""A device: python3 Examples/device.py [ws://127.0.0.1:8081/v1/live] [tonight]   (pip install websockets)"""
import asyncio, json, pathlib, random, sys, websockets

if "-h" in sys.argv or "--help" in sys.argv: sys.exit(__doc__)
url = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8081/v1/live"
topic = "event/" + (sys.argv[2] if len(sys.argv) > 2 else "tonight")
memory = pathlib.Path(f".device-{topic.replace('/', '-')}.json")
state = {"device": f"py-{random.randrange(16**6):06x}", "position": {}, "retry": {"min": 500, "max": 30000}}
if memory.exists(): state |= json.loads(memory.read_text())

async def live():
    async with websockets.connect(url, subprotocols=["control-room.v1"]) as edge:
        await edge.send(json.dumps({"type": "hello", "device": state["device"], "topics": [{"topic": topic, **state["position"]}]}))
        async for text in edge:
            message = json.loads(text)
            state.update(attempt=0, retry=message.get("retry", state["retry"]))
            if message["type"] not in ("stage", "reset"): continue
            if message["type"] == "reset" or message["sequence"] > state["position"].get("sequence", 0):
                print(message["type"], message["stage"], f"#{message['sequence']}", message.get("reason", ""), flush=True)
                state["position"] = {key: message[key] for key in ("sequence", "timestamp")}
                memory.write_text(json.dumps(state))
            await edge.send(json.dumps({"type": "ack", "topic": topic, "sequence": message["sequence"]}))

async def main():
    while True:
        try: await live()
        except (OSError, websockets.WebSocketException) as fault:
            print("disconnected:", fault, flush=True)
            code = fault.rcvd.code if getattr(fault, "rcvd", None) else 0
            if code in (1002, 1003, 1007, 1009, 4400, 4401, 4404, 4410): sys.exit(1)  # would only be refused again
        state["attempt"] = state.get("attempt", 0) + 1
        bound = min(state["retry"]["max"], state["retry"]["min"] * 2 ** min(state["attempt"], 10))
        await asyncio.sleep(random.uniform(0, bound) / 1000)

try: asyncio.run(main())
except KeyboardInterrupt: pass  # stopped by hand; the position is on file
