"""Faults that the server itself brings about: two triggers on every table of the answer, asleep until one is wanted.

They are there from the start, so that a fault needs no lock on a table, and read what to do in a table of the
administrator's that the answer's role can neither see nor change. An answer that takes them off its tables is found
out: nobody else knows that they are there.
"""

from __future__ import annotations

SCHEMA = "harness"

SET_UP = """
CREATE SCHEMA harness;
CREATE TABLE harness.fault (mode text NOT NULL, relations oid[] NOT NULL);
INSERT INTO harness.fault VALUES ('', '{}');

CREATE FUNCTION harness.wanted(relation oid) RETURNS text LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT mode FROM harness.fault WHERE relation = ANY (relations) $$;

CREATE FUNCTION harness.on_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF harness.wanted(TG_RELID) = 'integrity' THEN
    RAISE EXCEPTION 'duplicate key value violates unique constraint "%_pkey"', TG_TABLE_NAME
      USING ERRCODE = '23505', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_pkey';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION harness.on_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted text := harness.wanted(TG_RELID);
BEGIN
  IF wanted = 'deferred' THEN
    RAISE EXCEPTION 'duplicate key value violates unique constraint "%_later_key"', TG_TABLE_NAME
      USING ERRCODE = '23505', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_later_key';
  ELSIF wanted = 'commit' THEN
    PERFORM pg_terminate_backend(pg_backend_pid());
    PERFORM pg_sleep(5);
    RAISE EXCEPTION 'terminating connection due to administrator command' USING ERRCODE = '57P01';
  END IF;
  RETURN NULL;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA harness FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
"""

TABLES = """
SELECT n.nspname, c.relname, c.oid,
       EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'harness_commit')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'harness') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY n.nspname <> 'public', n.nspname, c.relname
"""

BARE = """
SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid = ANY (%s) AND 2 > (
  SELECT count(*) FROM pg_catalog.pg_trigger t
  WHERE t.tgrelid = c.oid AND t.tgname IN ('harness_insert', 'harness_commit') AND t.tgenabled = 'O')
"""
"""Those of the tables that lack a trigger, or on which one is turned off."""

TRIGGERS = (
    "CREATE TRIGGER harness_insert BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION harness.on_insert()",
    "CREATE CONSTRAINT TRIGGER harness_commit AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION harness.on_commit()",
)
