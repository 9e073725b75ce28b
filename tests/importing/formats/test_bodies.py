"""What a message is made of, from its text, in the languages that telephones speak."""

import pytest

from importing.formats.bodies import Body, BodyReader
from importing.records import Kind, Place, Poll, PollOption

LRM = "\u200e"
FILES = {"00000042-PHOTO-2026-06-13-21-05-07.jpg", "d41d8cd98f.jpg", "Plan B.pdf"}


@pytest.fixture
def android() -> BodyReader:
    return BodyReader(FILES, placeholders=True)


@pytest.fixture
def iphone() -> BodyReader:
    return BodyReader(FILES, placeholders=False)


@pytest.mark.parametrize(
    "placeholder",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "<Mídia oculta>",
        "<Médias omis>",
        "<Media omessi>",
        "<Media weggelaten>",
        "<Без медиафайлов>",
        "<медіа пропущено>",
        "<Medya dahil edilmedi>",
        "<pominięto multimedia>",
        "<Media tidak disertakan>",
        "<تم استبعاد الوسائط>",
        "<המדיה לא נכללה>",
        "<मीडिया के बिना>",
        "<メディアなし>",
        "<미디어 파일 제외됨>",
        "<省略多媒体文件>",
        "<in a language that nobody has collected>",
    ],
)
def test_android_leaves_media_out(android: BodyReader, placeholder: str) -> None:
    assert android.read(placeholder) == Body("", Kind.MEDIA)
    assert android.read(LRM + placeholder) == Body("", Kind.MEDIA)
    assert android.read(f"{placeholder}\na caption") == Body("a caption", Kind.MEDIA)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("image omitted", Kind.IMAGE),
        ("video omitted", Kind.VIDEO),
        ("audio omitted", Kind.AUDIO),
        ("sticker omitted", Kind.STICKER),
        ("GIF omitted", Kind.GIF),
        ("Contact card omitted", Kind.CONTACT),
        ("document omitted", Kind.DOCUMENT),
        ("Bild weggelassen", Kind.IMAGE),
        ("imagen omitida", Kind.IMAGE),
        ("imagem ocultada", Kind.IMAGE),
        ("immagine omessa", Kind.IMAGE),
        ("afbeelding weggelaten", Kind.IMAGE),
        ("圖片已略去", Kind.IMAGE),
    ],
)
def test_iphone_leaves_media_out(iphone: BodyReader, words: str, kind: Kind) -> None:
    assert iphone.read(LRM + words) == Body("", kind)
    assert iphone.read(words) == Body("", kind)
    assert iphone.read(f"look at this {LRM}{words}") == Body("look at this", kind)


@pytest.mark.parametrize("mark", [LRM, ""])
def test_iphone_names_a_document_that_it_leaves_out(iphone: BodyReader, mark: str) -> None:
    raw = f"{LRM}plan.pdf • 14 pages {mark}document omitted"
    assert iphone.read(raw) == Body("plan.pdf • 14 pages", Kind.DOCUMENT)


def test_brackets_that_people_write_stay(android: BodyReader, iphone: BodyReader) -> None:
    assert iphone.read("<shrug>") == Body("<shrug>")
    assert android.read("use <b> or <i>") == Body("use <b> or <i>")
    assert android.read(f"<{'long ' * 20}>").kind is Kind.TEXT
    assert iphone.read("I paid. (really)") == Body("I paid. (really)")


@pytest.mark.parametrize(
    "label",
    [
        "file attached",
        "Datei angehängt",
        "archivo adjunto",
        "arquivo anexado",
        "fichier joint",
        "file allegato",
        "bestand bijgevoegd",
        "ファイル添付",
        "附件",
        "файл прикреплен",
        "in no known language",
    ],
)
def test_android_attaches(android: BodyReader, label: str) -> None:
    name = "IMG-20260613-WA0001.jpg"
    assert android.read(f"{name} ({label})") == Body("", Kind.IMAGE, name)
    assert android.read(f"{LRM}{name} ({label})\nat\nthe sea") == Body(
        "at\nthe sea", Kind.IMAGE, name
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("IMG-20260613-WA0001.jpg", Kind.IMAGE),
        ("VID-20260613-WA0001.mp4", Kind.VIDEO),
        ("PTT-20260613-WA0001.opus", Kind.AUDIO),
        ("AUD-20260613-WA0001.m4a", Kind.AUDIO),
        ("STK-20260613-WA0001.webp", Kind.STICKER),
        ("DOC-20260613-WA0001.pdf", Kind.DOCUMENT),
        ("Ana García.vcf", Kind.CONTACT),
        ("holiday plan (final).xlsx", Kind.DOCUMENT),
    ],
)
def test_file_names_say_the_kind(android: BodyReader, name: str, kind: Kind) -> None:
    assert android.read(f"{name} (file attached)") == Body("", kind, name)


@pytest.mark.parametrize(
    "form",
    [
        "<attached: {}>",
        "<Anhang: {}>",
        "<adjunto: {}>",
        "<allegato: {}>",
        "<anexado: {}>",
        "<pièce jointe : {}>",
        "<附件：{}>",
        "<첨부파일: {}>",
        "<{} eklendi>",
        "<no known label: {}>",
    ],
)
def test_iphone_attaches(iphone: BodyReader, form: str) -> None:
    for name, kind in [
        ("00000012-PHOTO-2026-06-13-21-05-07.jpg", Kind.IMAGE),
        ("00000013-AUDIO-2026-06-13-21-05-07.opus", Kind.AUDIO),
        ("00000014-GIF-2026-06-13-21-05-07.mp4", Kind.GIF),
        ("00000015-STICKER-2026-06-13-21-05-07.webp", Kind.STICKER),
        ("00000016-CONTACT-2026-06-13-21-05-07.vcf", Kind.CONTACT),
        ("00000017-my plan v2.pdf", Kind.DOCUMENT),
    ]:
        assert iphone.read(LRM + form.format(name)) == Body("", kind, name)
        assert iphone.read(f"see: this {LRM}{form.format(name)}") == Body("see: this", kind, name)


def test_old_iphone_attaches(iphone: BodyReader) -> None:
    name = "2015-08-04-PHOTO-00004762.jpg"
    assert iphone.read(f"{name} <{LRM}attached>") == Body("", Kind.IMAGE, name)


def test_document_keeps_its_own_name_as_caption(iphone: BodyReader) -> None:
    assert iphone.read(f"plan.pdf • 14 pages {LRM}<attached: 00000043-plan.pdf>") == Body(
        "plan.pdf • 14 pages", Kind.DOCUMENT, "00000043-plan.pdf"
    )


def test_any_file_of_the_archive_is_an_attachment(android: BodyReader, iphone: BodyReader) -> None:
    assert android.read("d41d8cd98f.jpg") == Body("", Kind.IMAGE, "d41d8cd98f.jpg")
    assert android.read("d41d8cd98f.jpg\ncaption") == Body("caption", Kind.IMAGE, "d41d8cd98f.jpg")
    assert android.read("Plan B.pdf (نص غير معروف)") == Body("", Kind.DOCUMENT, "Plan B.pdf")
    assert iphone.read("<etwas: Plan B.pdf>") == Body("", Kind.DOCUMENT, "Plan B.pdf")
    assert iphone.read("<see: Plan C.pdf>") == Body("<see: Plan C.pdf>")


@pytest.mark.parametrize(
    "mark",
    [
        "<This message was edited>",
        f"{LRM}<This message was edited>",
        "<Diese Nachricht wurde bearbeitet>",
        "<Se editó este mensaje.>",
        "<Mensagem editada>",
        "<Ce message a été modifié>",
        "<Questo messaggio è stato modificato>",
        "<Dit bericht is bewerkt>",
        "<Это сообщение изменено>",
        f"{LRM}<in a language nobody has collected>",
    ],
)
def test_edited(iphone: BodyReader, mark: str) -> None:
    assert iphone.read(f"see you at 9 {mark}") == Body("see you at 9", edited=True)
    assert iphone.read(f"two\nlines {mark}") == Body("two\nlines", edited=True)
    assert iphone.read("<attached: 00000042-PHOTO-2026-06-13-21-05-07.jpg> " + mark) == Body(
        "", Kind.IMAGE, "00000042-PHOTO-2026-06-13-21-05-07.jpg", edited=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "This message was deleted",
        "This message was deleted.",
        "You deleted this message",
        "You deleted this message.",
        "This message was deleted by admin Ana.",
        "Diese Nachricht wurde gelöscht.",
        "Se eliminó este mensaje.",
        "Eliminaste este mensaje.",
        "Mensagem apagada",
        "Ce message a été supprimé",
        "Questo messaggio è stato eliminato",
        "Dit bericht is verwijderd",
        "Данное сообщение удалено",
        "Bu mesaj silindi",
        "这条消息已删除",
    ],
)
def test_deleted(iphone: BodyReader, text: str) -> None:
    assert iphone.read(text) == Body("", Kind.DELETED)
    assert iphone.read(LRM + text) == Body("", Kind.DELETED)


def test_talk_about_deleting_is_text(iphone: BodyReader) -> None:
    text = "why does it say This message was deleted"
    assert iphone.read(text) == Body(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ana added you",
        "Missed voice call",
        "Your security code with Ana changed.",
        "Ana ist gegangen",
    ],
)
def test_marked_line_is_a_notice(iphone: BodyReader, text: str) -> None:
    assert iphone.read(LRM + text) == Body(text, Kind.NOTICE)


def test_right_to_left_mark_that_a_keyboard_sets_is_no_notice(iphone: BodyReader) -> None:
    assert iphone.read("\u200fשלום") == Body("שלום")


@pytest.mark.parametrize("text", ["", "null"])
def test_empty_body_is_a_notice(android: BodyReader, text: str) -> None:
    assert android.read(text) == Body("", Kind.NOTICE)


def test_known_notice_needs_no_mark(android: BodyReader) -> None:
    assert android.read("Missed voice call") == Body("Missed voice call", Kind.NOTICE)


@pytest.mark.parametrize(("poll", "option"), [("POLL", "OPTION"), ("UMFRAGE", "OPTION")])
def test_poll(iphone: BodyReader, poll: str, option: str) -> None:
    raw = f"{LRM}{poll}:\nWhen: now?\n{LRM}{option}: Thu 15 (2 votes)\n{LRM}{option}: Fri (1 vote)"
    options = (PollOption("Thu 15", 2), PollOption("Fri", 1))
    assert iphone.read(raw) == Body(
        "When: now?\nThu 15\nFri", Kind.POLL, details=Poll("When: now?", options)
    )


def test_poll_with_wide_brackets(iphone: BodyReader) -> None:
    raw = f"{LRM}投票：\n几点？（晚上）\n{LRM}选项：六点（2 票）\n{LRM}选项：七点 （很晚） （1 票）"
    options = (PollOption("六点", 2), PollOption("七点 （很晚）", 1))
    assert iphone.read(raw) == Body(
        "几点？（晚上）\n六点\n七点 （很晚）", Kind.POLL, details=Poll("几点？（晚上）", options)
    )


def test_list_is_no_poll(iphone: BodyReader) -> None:
    text = "BUY:\nmilk\nEGGS: ten (or twelve)\nHAM: a lot (500 g)"
    assert iphone.read(text) == Body(text)


@pytest.mark.parametrize("label", ["location", "Location", "Standort", "ubicación", "位置信息"])
def test_place(iphone: BodyReader, label: str) -> None:
    text = f"{label}: https://maps.google.com/?q=-33.8568,151.2153"
    expected = Body(text, Kind.LOCATION, details=Place(-33.8568, 151.2153))
    assert iphone.read(text) == expected
    assert iphone.read(LRM + text) == expected


def test_place_off_the_globe_is_text(iphone: BodyReader) -> None:
    text = "location: https://maps.google.com/?q=95.1,151.2"
    assert iphone.read(text) == Body(text)


def test_invisible_marks_go_and_joiners_stay(iphone: BodyReader) -> None:
    assert (
        iphone.read("hi \u2068@Ana\u2069, call \u202a+44 7700\u202c").text
        == "hi @Ana, call +44 7700"
    )
    assert iphone.read("\ufeffsoft\u00adware\u2060").text == "software"
    family, persian = "👩\u200d👩\u200d👧", "می\u200cخواهم"
    assert iphone.read(f"{family} {persian}").text == f"{family} {persian}"
