-- Generates postgresql-names.txt: what a statement may name and still be certain to touch nothing of the user's.
-- r: a relation of pg_catalog, f: a function of pg_catalog, t: a type of pg_catalog or of the grammar,
-- k: a reserved keyword, c: a keyword that no function and no type can be named after.
WITH relation AS (
  SELECT relname::text AS name
  FROM pg_class
  WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
    -- They hold or compute data of the user: large objects, samples of column values, values of sequences.
    AND relname NOT IN ('pg_largeobject', 'pg_sequences', 'pg_statistic', 'pg_statistic_ext_data', 'pg_stats',
      'pg_stats_ext', 'pg_stats_ext_exprs')
), harmless AS (
  SELECT proname::text AS name
  FROM pg_proc
  WHERE pronamespace = 'pg_catalog'::regnamespace
  GROUP BY proname
  -- Volatile functions write, read by name or belong to one host. Those with cstring or internal arguments are the
  -- innards of types and indexes; the input functions among them run the CHECKs of any domain.
  HAVING bool_and(provolatile <> 'v')
    AND bool_and(prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype,
      'language_handler'::regtype, 'fdw_handler'::regtype))
    AND NOT bool_or(proargtypes::oid[] && ARRAY['cstring'::regtype::oid, 'internal'::regtype::oid])
), function AS (
  SELECT name FROM harmless
  WHERE name !~ '_to_xml(schema)?$|_to_xml_and_xmlschema$|^pg_event_trigger_|^pg_input_|^currtid|^binary_upgrade_'
  UNION
  -- Volatile, but they touch nothing but the session itself or the state of the server.
  SELECT unnest(ARRAY['clock_timestamp', 'current_query', 'gen_random_uuid', 'pg_advisory_unlock_all', 'pg_blocking_pids',
    'pg_collation_actual_version', 'pg_database_collation_actual_version', 'pg_database_size', 'pg_is_in_recovery',
    'pg_jit_available', 'pg_lock_status', 'pg_notification_queue_usage', 'pg_notify', 'pg_partition_ancestors',
    'pg_partition_tree', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until', 'pg_tablespace_size', 'random',
    'random_normal', 'set_config', 'setseed', 'timeofday', 'uuidv4', 'uuidv7'])
), type AS (
  SELECT typname::text AS name
  FROM pg_type
  WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'p', 'r', 'm') AND typname !~ '^_'
  UNION
  SELECT unnest(ARRAY['bigint', 'bit', 'boolean', 'char', 'character', 'dec', 'decimal', 'float', 'int', 'integer',
    'interval', 'national', 'nchar', 'numeric', 'real', 'smallint', 'time', 'timestamp', 'varchar'])
), keyword AS (
  SELECT word AS name, CASE catcode WHEN 'R' THEN 'k' ELSE 'c' END AS letter
  FROM pg_get_keywords()
  -- Those left out came late: an older server takes them for ordinary names.
  WHERE catcode IN ('R', 'C') AND word !~ '^(json|xml|system_user$|treat$|merge_action$|graph_table$)'
), named AS (
  SELECT name, 'r' AS letter FROM relation
  UNION ALL SELECT name, 'f' FROM function
  UNION ALL SELECT name, 't' FROM type
  UNION ALL SELECT name, letter FROM keyword
)
SELECT name || ' ' || string_agg(letter, '' ORDER BY letter) FROM named GROUP BY name ORDER BY name COLLATE "C"
