package dev.trunkline.proxy.config;

import dev.trunkline.proxy.config.EntryKeys.Tables;
import dev.trunkline.shard.KeyType;
import dev.trunkline.shard.ShardedTables.KeyColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Reads the block {@code map.sharded_tables}. */
final class TablesReader {
  private static final String COLUMN = "COLUMN TYPE, such as \"workspace_id uuid\"";

  private final Block block;

  private TablesReader(Block block) {
    this.block = block;
  }

  /** Null when nothing is declared, and no statement is routed by its text. */
  static TablesConfig read(Block top) {
    Block map = top.child("map");
    return map.has(Tables.BLOCK) ? new TablesReader(map.child(Tables.BLOCK)).read() : null;
  }

  private TablesConfig read() {
    List<String> known = new ArrayList<>(Tables.KIND.names());
    known.add(Tables.TABLES);
    known.add(Tables.VIEWS);
    block.onlyKnown(known);
    Map<String, KeyColumn> declared = new TreeMap<>();
    columns(Tables.TABLES, declared);
    columns(Tables.VIEWS, declared);
    List<String> reference = block.get(Tables.REFERENCE);
    reference.stream()
        .filter(declared::containsKey)
        .forEach(name -> block.refuse(Tables.REFERENCE, name + " is declared as sharded, too"));
    checkCatalog(declared);
    return new TablesConfig(
        block.get(Tables.KEY),
        block.get(Tables.USER),
        block.get(Tables.PASSWORD),
        block.get(Tables.REFRESH),
        declared,
        reference,
        block.get(Tables.FUNCTIONS));
  }

  private void checkCatalog(Map<String, KeyColumn> declared) {
    if (block.has(Tables.KEY) && !block.has(Tables.USER)) {
      block.refuse(Tables.KEY, "needs user, the role that reads the catalog of a host");
    }
    if (!block.has(Tables.KEY) && declared.isEmpty()) {
      block.refuseBlock("declares no sharded table: give key, or tables");
    }
  }

  private void columns(String name, Map<String, KeyColumn> declared) {
    Block columns = block.child(name);
    for (String table : columns.names()) {
      String text = columns.text(table);
      KeyColumn column = text == null ? null : column(columns, table, text.strip().split("\\s+"));
      if (column != null && declared.put(table, column) != null) {
        columns.refuse(table, "is declared twice");
      }
    }
  }

  private static KeyColumn column(Block block, String table, String[] words) {
    KeyType type = words.length == 2 ? KeyType.of(words[1].toLowerCase(Locale.ROOT)) : null;
    if (words.length != 2) {
      block.refuse(table, "should be " + COLUMN);
    } else if (type == null) {
      block.refuse(table, words[1] + " is no type of a key: uuid, bigint, int, text, varchar");
    }
    return type == null ? null : new KeyColumn(words[0], type);
  }
}
