package dev.trunkline.shard;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What some schemas of a database consist of, a line for each part: columns, indexes, constraints,
 * sequences, functions, views, triggers, types, policies. Two databases with equal lines answer the
 * same statements; names are written in full, so that no search_path matters.
 *
 * @param lines sorted
 */
public record SchemaFingerprint(SortedSet<String> lines) {
  private static final String LINES =
      """
      with n as (select oid, nspname from pg_namespace where nspname = any (?)),
      r as (select c.*, n.nspname from pg_class c join n on n.oid = c.relnamespace)
      select format('schema %I', nspname) from n
      union all select format('relation %I.%I %s persistence %s rls %s/%s identity %s', nspname,
          relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident)
        from r where relkind in ('r', 'p', 'f', 'v', 'm')
      union all select format('column %I.%I.%I %s%s%s default %s generated %s identity %s collate %s',
          nspname, relname, attname, format_type(atttypid, atttypmod), '',
          case when attnotnull then ' not null' else '' end,
          coalesce(pg_get_expr(adbin, adrelid), 'none'), attgenerated, attidentity,
          attcollation::regcollation)
        from r join pg_attribute a on a.attrelid = r.oid and attnum > 0 and not attisdropped
        left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
        where relkind in ('r', 'p', 'f', 'v', 'm', 'c')
      union all select format('columns %I.%I in order: %s', nspname, relname,
          (select string_agg(quote_ident(attname), ',' order by attnum) from pg_attribute
           where attrelid = r.oid and attnum > 0 and not attisdropped))
        from r where relkind in ('r', 'p', 'f')
      union all select format('index %s valid %s', pg_get_indexdef(indexrelid), indisvalid)
        from pg_index i join r on r.oid = i.indrelid
      union all select format('constraint %s %I %s validated %s',
          coalesce(nullif(conrelid, 0)::regclass::text, nullif(contypid, 0)::regtype::text), conname,
          pg_get_constraintdef(k.oid), convalidated)
        from pg_constraint k join n on n.oid = k.connamespace where contype <> 'n'
      union all select format('sequence %I.%I %s start %s by %s min %s max %s cycle %s', nspname,
          relname, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle)
        from r join pg_sequence s on s.seqrelid = r.oid
      union all select format('function %s %s', p.oid::regprocedure,
          case when prokind = 'a' then 'aggregate' else pg_get_functiondef(p.oid) end)
        from pg_proc p join n on n.oid = p.pronamespace
      union all select format('view %I.%I %s', nspname, relname, pg_get_viewdef(r.oid))
        from r where relkind in ('v', 'm')
      union all select format('trigger %s enabled %s', pg_get_triggerdef(t.oid), tgenabled)
        from pg_trigger t join r on r.oid = tgrelid where not tgisinternal
      union all select format('type %I.%I %s %s', nspname, typname, typtype, coalesce(
          (select string_agg(quote_literal(enumlabel), ',' order by enumsortorder) from pg_enum
           where enumtypid = t.oid), format_type(nullif(typbasetype, 0), typtypmod), ''))
        from pg_type t join n on n.oid = t.typnamespace where typtype in ('e', 'd', 'r')
      union all select format('policy %I on %I.%I %s to %s using %s check %s', polname, nspname,
          relname, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),
          pg_get_expr(polwithcheck, polrelid))
        from pg_policy p join r on r.oid = polrelid
      union all select format('partition %s of %s %s', i.inhrelid::regclass, i.inhparent::regclass,
          pg_get_expr(r.relpartbound, r.oid))
        from pg_inherits i join r on r.oid = i.inhrelid where relkind in ('r', 'p', 'f')
      """;

  private static final String SCHEMA = "schema ";

  /** Reads it; the search_path of the connection is emptied. */
  public static SchemaFingerprint read(Connection connection, Collection<String> schemas)
      throws SQLException {
    try (PreparedStatement path =
        connection.prepareStatement("select set_config('search_path', '', false)")) {
      path.execute();
    }
    Array names = connection.createArrayOf("text", schemas.toArray());
    try (PreparedStatement query = connection.prepareStatement(LINES)) {
      query.setArray(1, names);
      return new SchemaFingerprint(lines(query));
    } finally {
      names.free();
    }
  }

  private static SortedSet<String> lines(PreparedStatement query) throws SQLException {
    SortedSet<String> lines = new TreeSet<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  /**
   * What differs, for people: {@code -} stands before what only this one has, {@code +} the other.
   * Of a schema that one of them lacks nothing else is said.
   *
   * @param maxLength of each line, in characters; of several lines the first is shown
   */
  public SortedSet<String> difference(SchemaFingerprint other, int maxLength) {
    SortedSet<String> difference = new TreeSet<>();
    Set<String> whole = new TreeSet<>();
    Set<String> theirs = new TreeSet<>();
    lines.stream().filter(line -> !other.lines.contains(line)).forEach(whole::add);
    other.lines.stream().filter(line -> !lines.contains(line)).forEach(theirs::add);
    List<String> missing = schemas(whole);
    missing.addAll(schemas(theirs));
    add(difference, "- ", whole, missing, maxLength);
    add(difference, "+ ", theirs, missing, maxLength);
    return difference;
  }

  private static List<String> schemas(Set<String> of) {
    return of.stream()
        .filter(line -> line.startsWith(SCHEMA))
        .map(line -> line.substring(SCHEMA.length()))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static void add(
      Set<String> to, String sign, Set<String> lines, List<String> missing, int maxLength) {
    lines.stream()
        .filter(line -> line.startsWith(SCHEMA) || missing.stream().noneMatch(s -> of(line, s)))
        .map(line -> line.lines().findFirst().orElse(""))
        .map(line -> line.length() > maxLength ? line.substring(0, maxLength) + "…" : line)
        .forEach(line -> to.add(sign + line));
  }

  /** The schema, quoted where it has to be, stands in front of every name. */
  private static boolean of(String line, String schema) {
    return line.contains(" " + schema + ".");
  }
}
