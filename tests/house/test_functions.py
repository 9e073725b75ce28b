"""The functions of the database that see every tenant's rows."""

import asyncpg


async def test_functions_that_see_all_tenants_are_safe_to_call(
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    functions = await owner.fetch(
        """
        SELECT proname AS name, proconfig AS settings,
            has_function_privilege('public', oid, 'EXECUTE') AS for_everybody
        FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        """
    )

    assert functions
    for function in functions:
        assert "search_path=public, pg_temp" in (function["settings"] or []), function["name"]
        assert not function["for_everybody"], function["name"]
