#!/usr/bin/env python3
"""Half a way between two network namespaces, through a socket in the file system that both see.

`relay.py socket SOCKET PORT` listens on the socket and connects to 127.0.0.1:PORT;
`relay.py port SOCKET PORT` listens on 127.0.0.1:PORT and connects to the socket.
"""

import asyncio
import sys

side, socket, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


async def carry(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def serve(reader, writer):
    if side == "socket":
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
    else:
        other_reader, other_writer = await asyncio.open_unix_connection(socket)
    await asyncio.gather(carry(reader, other_writer), carry(other_reader, writer), return_exceptions=True)
    other_writer.close()
    writer.close()


async def main():
    if side == "socket":
        server = await asyncio.start_unix_server(serve, socket)
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main())
