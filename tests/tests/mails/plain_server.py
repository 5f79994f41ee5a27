"""A mail server in Python (aiosmtpd) that takes everything and tells each mail as a line of JSON.

The first line is its port. It ends when its standard input does.
"""

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP


class Teller:
    async def handle_DATA(self, server, session, envelope):
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "message": envelope.original_content.decode()}
        print(json.dumps(mail), flush=True)
        return "250 2.0.0 taken"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Teller(), loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
