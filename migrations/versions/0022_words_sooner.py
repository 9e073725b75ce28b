r"""Find the words of a message with less work; they stay the same.

What costs is each match of a regular expression and each pass through the text. Most separators
end a word for PostgreSQL's parser as well, so only those are replaced with which it would do
something else: `a.b` is a host to it, `a-b` a compound, `1.5` one number, `<a>` a tag. And a text
is composed again only where something is left to compose, which is not so in the scripts whose
marks are all dropped. Revision 0022.
"""

from alembic import op

revision = "0022"
down_revision = "0020"

# The classes of characters of analysis/search/tokens.py, as in revision 0008.
DROPPED = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    r"\u06ea-\u06ed\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef"
)
UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf"
    r"\u3005-\u3007\u3021-\u302f\u3031-\u303f\u3041-\u30fa\u30fc-\u9fff\ua960-\ua97f"
    r"\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
SYMBOLS = r"\u2190-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
# Of the separators in ASCII those that PostgreSQL's parser may take for a part of something.
JOINING = r"-+./:<@&_~"
SEPARATORS = (
    JOINING + r"\u0080-\u00bf\u00d7\u00f7"
    r"\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u2010-\u205f\u20a0-\u20cf\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufffc\ufffd"
)
# Latin, Greek, Cyrillic, Hebrew, Arabic, marks and symbols, Chinese, Japanese without its two
# marks, emoji: decomposed and without what is dropped, none of their characters combine.
SINGLE = (
    r"\u0001-\u06ff\u1e00-\u2bff\u2e80-\u3029\u3030-\u3098\u309b-\ua4cf"
    r"\U0001f000-\U0001faff\U00020000-\U0003ffff"
)

WORDS_OF_ANY_SCRIPT = rf"""
    CREATE FUNCTION parley_words_of_any_script(given text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
    DECLARE
        folded text := lower(normalize(left(given, 131072), NFKD));
    BEGIN
        folded := regexp_replace(folded, '[{DROPPED}]+', '', 'g');
        IF folded ~ '[øłđħıŧςßæ]' THEN
            folded := replace(translate(folded, 'øłđħıŧς', 'oldhitσ'), 'ß', 'ss');
            folded := replace(folded, 'æ', 'ae');
        END IF;
        IF folded ~ '[^{SINGLE}]' THEN
            folded := normalize(folded, NFC);
        END IF;
        -- Two spaces around a run, and each of its characters written twice with a space between,
        -- make pairs of all neighbours: `AB` becomes ` A AB B `.
        IF folded ~ '[{UNSPACED}{SYMBOLS}]' THEN
            -- More words than these do not fit into a tsvector.
            folded := regexp_replace(left(folded, 65536), '[{SEPARATORS}]+', ' ', 'g');
            folded := regexp_replace(folded, '([{SYMBOLS}]|[{UNSPACED}]+)', ' \1 ', 'g');
            folded := regexp_replace(folded, '([{UNSPACED}])', '\1 \1', 'g');
        ELSE
            folded := regexp_replace(folded, '[{SEPARATORS}]+', ' ', 'g');
        END IF;
        RETURN to_tsvector('pg_catalog.simple', folded);
    END $$
"""
# PostgreSQL puts this one's body in the place of its call.
WORDS = rf"""
    CREATE OR REPLACE FUNCTION parley_words(given text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN octet_length(given) = length(given)
            THEN to_tsvector('pg_catalog.simple',
                regexp_replace(left(given, 131072), '[{JOINING}]+', ' ', 'g'))
            ELSE public.parley_words_of_any_script(given) END
    $$
"""


def upgrade() -> None:
    op.execute(WORDS_OF_ANY_SCRIPT)
    op.execute(WORDS)
