"""Reads mails by Python's own library and tells what stands in them.

Takes a folder of raw messages; prints one JSON object, by file name. The longest line is in bytes and
without its end. A defect is whatever the library finds to be against the standards.
"""

import email
import email.policy
import json
import pathlib
import sys


def read(raw: bytes) -> dict:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(mail.iter_parts())
    sender = mail["From"].addresses[0]
    return {
        "subject": mail["Subject"],
        "from_name": sender.display_name,
        "from": sender.addr_spec,
        "to": [address.addr_spec for address in mail["To"].addresses],
        "date": mail["Date"].datetime.timestamp(),
        "headers": [name for name, _ in mail.items()],
        "type": mail.get_content_type(),
        "parts": [[part.get_content_type(), part.get_content_charset(), part.get_content()] for part in parts],
        "longest_line": max(len(line) for line in raw.split(b"\r\n")),
        "bare_line_ends": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        "defects": [repr(defect) for one in mail.walk() for defect in one.defects]
        + [repr(defect) for value in mail.values() for defect in value.defects],
    }


folder = pathlib.Path(sys.argv[1])
print(json.dumps({file.stem: read(file.read_bytes()) for file in folder.glob("*.eml")}))
