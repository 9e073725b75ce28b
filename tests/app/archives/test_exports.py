"""`/exports`: NDJSON that imports again, CSV that runs no formula, HTML that runs nothing."""

import csv
import io
import json
from dataclasses import replace

from models.ids import new_id
from tests.app.archives.conftest import Archives, Caller
from tests.importing.desk import START, line, talk

SAID = [
    "30/03/2024, 08:59 - Messages and calls are end-to-end encrypted.",
    line(START, "Ana", "=cmd|' /C calc'!A0"),
    line(START, "Bob", '<script>alert("x")</script> & "quotes"'),
    line(START, "Bob", "two\nlines, and a comma"),
    line(START, "Bob", "ok"),
    line(START, "Bob", "ok"),
    line(START, "Ana", "plan.pdf (file attached)"),
    line(START, "Ana", "This message was deleted"),
    line(START, "Ana", "better <This message was edited>"),
    line(START, "Ana", "location: https://maps.google.com/?q=38.7,-9.1"),
    line(START, "Ana", "POLL:\nLunch?\nOPTION: Yes (2 votes)\nOPTION: No (0 votes)"),
    *talk(20),
]
CONVERSATION = """
    { conversations(first: 1) { nodes { id messages(first: 100) { totalCount nodes {
        sentAt kind body editedAt deletedAt sender { name } attachments { fileName kind }
        place { latitude longitude } poll { title options { text votes } } } } } } }
"""

SEND = """
    mutation ($place: ID!, $answered: ID) { sendMessage(input: {
        conversationId: $place, body: "hello", replyToId: $answered}) { message { id } } }
"""
REACT = """
    mutation ($id: ID!) { addReaction(input: {messageId: $id, emoji: "👍"}) {
        userErrors { code } } }
"""
EDIT = """
    mutation ($id: ID!) { editMessage(input: {messageId: $id, body: "better"}) {
        userErrors { code } } }
"""
DELETE = "mutation ($id: ID!) { deleteMessage(input: {messageId: $id}) { userErrors { code } } }"


async def filled(caller: Caller, content: bytes, name: str) -> None:
    """Import a file into the caller's tenant."""
    params = {"name": name, "dateOrder": "DAY_FIRST"}
    made = await caller.send("POST", "/imports", params=params, content=content)
    assert made.status_code == 201
    await caller.archives.worker.run_once()


async def exported(caller: Caller, form: str) -> tuple[str, bytes]:
    """The conversation's id and file."""
    [found] = (await caller.data(CONVERSATION))["conversations"]["nodes"]
    file = await caller.send("GET", f"/exports/{found['id']}", params={"format": form})
    assert file.status_code == 200
    return found["id"], file.content


async def test_ndjson_imports_again_to_the_same_messages(
    caller: Caller, archives: Archives
) -> None:
    await filled(caller, ("\n".join(SAID) + "\n").encode(), "WhatsApp Chat with Ana.txt")
    before = await caller.data(CONVERSATION)
    _, content = await exported(caller, "ndjson")
    head, *lines = [json.loads(each) for each in content.splitlines()]
    assert (head["parley"], head["title"], len(lines)) == ("conversation", "Ana", len(SAID))

    await filled(caller, content, "export.ndjson")
    assert await caller.data(CONVERSATION) == before

    other = replace(caller, viewer=await archives.desk.make_user(await archives.desk.make_tenant()))
    await filled(other, content, "export.ndjson")
    [mine] = before["conversations"]["nodes"]
    [theirs] = (await other.data(CONVERSATION))["conversations"]["nodes"]
    assert theirs["messages"] == mine["messages"]
    assert (await exported(other, "ndjson"))[1] == content
    polls = [node["poll"] for node in mine["messages"]["nodes"] if node["poll"]]
    assert polls[0]["options"] == [{"text": "Yes", "votes": 2}, {"text": "No", "votes": 0}]
    assert {"latitude": 38.7, "longitude": -9.1} in [n["place"] for n in mine["messages"]["nodes"]]


async def test_what_was_sent_and_answered_here_imports_again_elsewhere(
    caller: Caller, archives: Archives
) -> None:
    """Replies, reactions, edits, deletions and further files, made through the API."""
    await filled(caller, ("\n".join(SAID) + "\n").encode(), "WhatsApp Chat with Ana.txt")
    place, _ = await exported(caller, "ndjson")
    namesake = replace(caller, viewer=await archives.desk.make_user(caller.viewer.tenant_id))
    await archives.desk.owner.execute(
        "UPDATE users SET name = 'Sam' WHERE tenant_id = $1", caller.viewer.tenant_id
    )
    sent: list[str] = []
    for who in (caller, namesake, caller, namesake):
        answered = sent[-1] if sent else None
        made = await who.data(SEND, place=place, answered=answered)
        sent.append(made["sendMessage"]["message"]["id"])
    await namesake.data(REACT, id=sent[0])
    await caller.data(REACT, id=sent[0])
    await caller.data(EDIT, id=sent[0])
    await caller.data(DELETE, id=sent[2])
    await archives.desk.owner.execute(
        "INSERT INTO attachments (tenant_id, id, conversation_id, message_id, kind, file_name,"
        " media_type, created_at) SELECT tenant_id, $2, conversation_id, message_id, 'IMAGE',"
        " 'IMG-2.jpg', 'image/jpeg', now() FROM attachments WHERE tenant_id = $1",
        caller.viewer.tenant_id,
        new_id(),
    )
    _, content = await exported(caller, "ndjson")
    lines = [json.loads(each) for each in content.splitlines()]
    assert {"replyTo", "reactions", "editedAt", "deletedAt"} <= {key for x in lines for key in x}
    assert {len(line.get("attachments", ())) for line in lines} == {0, 2}
    assert [line["author"] for line in lines[-4:]] == ["Sam", "Sam (2)"] * 2

    page = (await exported(caller, "html"))[1].decode()
    assert f'<a href="#{lines[-1]["replyTo"]}">' in page
    assert f'<article id="{lines[-1]["replyTo"]}">' in page
    assert "<footer>👍 Sam (2)</footer>" in page

    await filled(caller, content, "export.ndjson")
    assert (await exported(caller, "ndjson"))[1] == content
    other = replace(caller, viewer=await archives.desk.make_user(await archives.desk.make_tenant()))
    await filled(other, content, "export.ndjson")
    assert (await exported(other, "ndjson"))[1] == content


async def test_csv_has_a_row_a_message_and_no_formula(caller: Caller) -> None:
    await filled(caller, ("\n".join(SAID) + "\n").encode(), "WhatsApp Chat with Ana.txt")

    _, content = await exported(caller, "csv")

    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == len(SAID)
    assert rows[1]["body"] == "'=cmd|' /C calc'!A0"
    assert rows[3]["body"] == "two\nlines, and a comma"
    assert "plan.pdf" in [row["attachments"] for row in rows]


async def test_html_escapes_what_people_wrote(caller: Caller) -> None:
    await filled(caller, ("\n".join(SAID) + "\n").encode(), "WhatsApp Chat with Ana.txt")

    _, content = await exported(caller, "html")

    page = content.decode()
    assert page.count("<article") == len(SAID)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


async def test_what_is_refused(caller: Caller, archives: Archives) -> None:
    await filled(caller, ("\n".join(SAID) + "\n").encode(), "WhatsApp Chat with Ana.txt")
    key, _ = await exported(caller, "csv")
    other = replace(caller, viewer=await archives.desk.make_user(await archives.desk.make_tenant()))

    assert (await archives.desk.http.get(f"/exports/{key}")).status_code == 401
    assert (await other.send("GET", f"/exports/{key}")).status_code == 404
    assert (await caller.send("GET", "/exports/nonsense")).status_code == 404
    wrong = await caller.send("GET", f"/exports/{key}", params={"format": "docx"})
    assert wrong.status_code == 400
