package dev.trunkline.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;

/** The rows of one logical shard in COPY's text format, collected table by table. */
final class DemoRows {
  private static final Instant EPOCH = Instant.parse("2026-01-05T09:00:00Z");
  private static final List<String> PLANS = List.of("free", "plus", "business", "enterprise");
  private static final List<String> TYPES =
      List.of("text", "text", "text", "heading", "to_do", "bulleted_list", "quote", "image");
  private static final List<String> WORDS =
      List.of("plan", "review", "launch", "budget", "notes", "draft", "team", "weekly", "ideas");
  private static final int PAGES = 3;
  private static final int BLOCKS_PER_PAGE = 8;
  private static final int DISCUSSIONS = 2;
  private static final int COMMENTS_PER_DISCUSSION = 3;

  /** In the order in which foreign keys allow them to be filled. */
  private final Map<String, StringBuilder> tables = new LinkedHashMap<>();

  DemoRows() {
    for (String table : List.of("workspace", "block", "collection", "discussion", "comment")) {
      tables.put(table, new StringBuilder());
    }
  }

  /** Adds a workspace: three pages of blocks, a collection, two discussions. */
  void add(DemoData.Workspace workspace, Random random) {
    UUID id = workspace.id();
    UUID user = DemoData.uuid(random);
    row("workspace", id, workspace.name(), pick(PLANS, random), when(random));
    for (int i = 0; i < PAGES; i++) {
      page(id, user, random);
    }
    UUID home = block(id, null, "collection_view_page", "{}", List.of(), user, random);
    String columns = "{\"status\": {\"type\": \"select\"}, \"due\": {\"type\": \"date\"}}";
    row("collection", DemoData.uuid(random), id, home, columns, "Tasks of " + workspace.name());
    for (int i = 0; i < DISCUSSIONS; i++) {
      discussion(id, home, user, random);
    }
  }

  private void page(UUID workspace, UUID user, Random random) {
    UUID page = DemoData.uuid(random);
    List<UUID> content = new ArrayList<>();
    for (int i = 0; i < BLOCKS_PER_PAGE; i++) {
      String type = pick(TYPES, random);
      content.add(block(workspace, page, type, title(random), List.of(), user, random));
    }
    block(page, workspace, null, "page", title(random), content, user, random);
  }

  private void discussion(UUID workspace, UUID block, UUID user, Random random) {
    UUID discussion = DemoData.uuid(random);
    row("discussion", discussion, workspace, block, random.nextBoolean(), when(random));
    for (int i = 0; i < COMMENTS_PER_DISCUSSION; i++) {
      String body = "About the " + pick(WORDS, random) + ": " + pick(WORDS, random) + "?";
      UUID id = DemoData.uuid(random);
      row("comment", id, workspace, discussion, block, body, user, when(random));
    }
  }

  private UUID block(
      UUID workspace,
      UUID parent,
      String type,
      String properties,
      List<UUID> content,
      UUID user,
      Random random) {
    UUID id = DemoData.uuid(random);
    block(id, workspace, parent, type, properties, content, user, random);
    return id;
  }

  private void block(
      UUID id,
      UUID workspace,
      UUID parent,
      String type,
      String properties,
      List<UUID> content,
      UUID user,
      Random random) {
    String children =
        content.stream().map(UUID::toString).collect(Collectors.joining(",", "{", "}"));
    Instant created = when(random);
    Instant updated = created.plus(Duration.ofMinutes(random.nextInt(10_000)));
    row("block", id, workspace, parent, type, properties, children, created, updated, user);
  }

  /** Values hold no tab, newline or backslash, so that nothing needs an escape. */
  private void row(String table, Object... values) {
    StringBuilder rows = tables.get(table);
    for (int i = 0; i < values.length; i++) {
      rows.append(i == 0 ? "" : "\t").append(values[i] == null ? "\\N" : values[i]);
    }
    rows.append('\n');
  }

  private static String title(Random random) {
    return "{\"title\": \"" + pick(WORDS, random) + " " + pick(WORDS, random) + "\"}";
  }

  private static Instant when(Random random) {
    return EPOCH.plus(Duration.ofMinutes(random.nextInt(400_000)));
  }

  private static String pick(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  /** Copies everything into a schema; returns the number of rows. */
  long copyInto(Connection connection, String schema) throws SQLException, IOException {
    long rows = 0;
    connection.setAutoCommit(false);
    for (Map.Entry<String, StringBuilder> table : tables.entrySet()) {
      rows += DemoData.copy(connection, schema + "." + table.getKey(), table.getValue());
    }
    connection.commit();
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      for (String table : tables.keySet()) {
        statement.execute("analyze " + schema + "." + table);
      }
    }
    return rows;
  }
}
