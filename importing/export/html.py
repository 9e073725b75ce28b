"""One page that needs nothing else: no script, no request, its style inside."""

from html import escape
from typing import ClassVar

from importing.export.message import ExportedConversation, ExportedMessage, moment

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
article{margin:.9rem 0}
header b{margin-right:.6rem}
time,footer,.notice{color:#777;font-size:.85rem}
p{margin:.15rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.notice{text-align:center}
"""


class HtmlWriter:
    """A page to read and to print. Everything that people wrote is escaped."""

    media_type: ClassVar[str] = "text/html"

    def start(self, conversation: ExportedConversation) -> bytes:
        """The page's head."""
        title = escape(conversation.title)
        return (
            '<!doctype html>\n<html><head><meta charset="utf-8">'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
            " style-src 'unsafe-inline'\">"
            '<meta name="viewport" content="width=device-width">'
            f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        ).encode()

    def message(self, message: ExportedMessage) -> bytes:
        """One article."""
        when = moment(message.sent_at)
        time = f'<time datetime="{when}">{when[:10]} {when[11:16]}</time>'
        kind = ' class="notice"' if message.kind == "NOTICE" else ""
        author = f"<b>{escape(message.author)}</b>" if message.author else ""
        body = f"<p>{escape(_body(message))}</p>"
        answers = f'<a href="#{message.reply_to}">↩</a> ' if message.reply_to else ""
        below = [str(each["fileName"]) for each in message.attachments]
        below += [f"{emoji} {who}" for _, who, emoji in message.reactions]
        footers = "".join(f"<footer>{escape(text)}</footer>" for text in below)
        header = f"<header>{answers}{author}{time}</header>"
        return f'<article id="{message.key}"{kind}>{header}{body}{footers}</article>\n'.encode()

    def end(self) -> bytes:
        """The page's end."""
        return b"</body></html>\n"


def _body(message: ExportedMessage) -> str:
    if message.deleted_at:
        return "(deleted)"
    return f"{message.body} (edited)" if message.edited_at else message.body
