import importlib.util, asyncio
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from schema.db import migrate
from schema.db.migrate import upgrade
from tests.db.test_upgrades_at_once import make_index

async def test_old_listen(server):
    spec = importlib.util.spec_from_file_location("old", "/tmp/b7/r2_old_listening.py"); old = importlib.util.module_from_spec(spec); spec.loader.exec_module(old)
    async with asyncio.timeout(10):
        await old.listen(make_url(server).update_query_dict({"ssl": "prefer"}), "heard", lambda: print("woken"))

async def test_cic(empty, monkeypatch):
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    await upgrade(empty)
    async with empty.connect() as other:
        await other.execute(text("SELECT count(*) FROM runs"))
        task = asyncio.create_task(migrate._run(empty, make_index(7)))
        await asyncio.wait({task}, timeout=6)
        print("done", task.done(), task.done() and repr(task.exception())[:300])
        async with empty.connect() as c:
            print((await c.execute(text("SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indexrelid::regclass::text ~ 'ix_7'"))).all())
    assert 0
