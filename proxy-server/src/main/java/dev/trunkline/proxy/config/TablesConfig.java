package dev.trunkline.proxy.config;

import dev.trunkline.shard.ShardedTables.KeyColumn;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What {@code map.sharded_tables} declares of the tables of sharded databases, so that a
 * statement's own text can tell its workspace.
 *
 * @param key name of the column by which tables are recognised in the catalog of a host; null when
 *     all of them are declared by hand
 * @param user role that reads the catalog; null without {@code key}
 * @param password its password, or null
 * @param refresh how often the catalog is read again
 * @param declared tables and views by hand
 * @param reference tables with the same content in each schema
 * @param functions that touch no table
 */
public record TablesConfig(
    String key,
    String user,
    String password,
    Duration refresh,
    Map<String, KeyColumn> declared,
    List<String> reference,
    List<String> functions) {
  public TablesConfig {
    declared = Map.copyOf(declared);
    reference = List.copyOf(reference);
    functions = List.copyOf(functions);
  }
}
