#!/usr/bin/env python3
"""A relay that makes the way to a server longer: `delay.py PORT TARGET_PORT MILLISECONDS`.

Each direction takes half of the milliseconds, and a connection is passed on only after all of them, as a handshake
would take. Bytes that follow each other closely are not held up by one another.
"""

import asyncio
import sys

port, target, milliseconds = (int(argument) for argument in sys.argv[1:4])
delay = milliseconds / 1000


async def carry(reader, writer):
    """Writes each chunk when its time has come, however many are on the way."""
    loop = asyncio.get_running_loop()
    chunks = asyncio.Queue()

    async def write():
        while True:
            due, chunk = await chunks.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    writing = asyncio.create_task(write())
    try:
        while chunk := await reader.read(65536):
            chunks.put_nowait((loop.time() + delay / 2, chunk))
    finally:
        chunks.put_nowait((loop.time() + delay / 2, b""))
        await writing


async def serve(reader, writer):
    await asyncio.sleep(delay)
    server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(carry(reader, server_writer), carry(server_reader, writer), return_exceptions=True)
    server_writer.close()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
