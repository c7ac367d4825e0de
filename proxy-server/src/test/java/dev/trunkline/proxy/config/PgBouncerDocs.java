package dev.trunkline.proxy.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Renders the tables of keys in docs/pgbouncer.md; the rest of the page is written by hand. */
final class PgBouncerDocs {
  /** Seen from the module, where Maven runs tests. */
  static final Path FILE = Path.of("..", "docs", "pgbouncer.md");

  private static final String BEGIN = "<!-- keys: rendered, see KeyDocsTest -->\n";
  private static final String END = "<!-- end of keys -->\n";

  /** Keys that PgBouncer does not have. */
  private static final Set<String> OWN_OF_DATABASES =
      Set.of("sharded", "search_path", "workspace_setting");

  private static final Set<String> OWN_OF_USERS = Set.of("password", "may_set_shard");

  private PgBouncerDocs() {}

  static void write() throws IOException {
    Files.writeString(FILE, render(Files.readString(FILE)));
  }

  /** The page with its tables as they have to be. */
  static String render(String page) {
    int from = page.indexOf(BEGIN) + BEGIN.length();
    return page.substring(0, from) + tables() + page.substring(page.indexOf(END));
  }

  private static String tables() {
    StringBuilder out = new StringBuilder("\n| `[pgbouncer]` | RELOAD | |\n|---|---|---|\n");
    for (Setting<?> setting : Keys.shown()) {
      if (!setting.name().startsWith(Keys.OWN_PREFIX)) {
        setting(out, setting);
      }
    }
    for (String name : Keys.NOT_HONOURED) {
      out.append("| `").append(name).append("` | | *Refused.* For Windows services. |\n");
    }
    entries(out, "databases", EntryKeys.Database.KIND.keys(), OWN_OF_DATABASES);
    entries(out, "users", EntryKeys.User.KIND.keys(), OWN_OF_USERS);
    entries(out, "peers", EntryKeys.Peer.KIND.keys(), Set.of());
    return out.append('\n').toString();
  }

  private static void setting(StringBuilder out, Setting<?> setting) {
    out.append("| `").append(setting.name()).append("` | ");
    out.append(setting.changeable() ? "yes" : "no").append(" | ");
    out.append(setting.effective() ? "" : "*Without effect.* ");
    out.append(setting.doc().replace("|", "\\|")).append(" |\n");
  }

  private static void entries(
      StringBuilder out, String section, List<EntryKeys.Key<?>> keys, Set<String> own) {
    out.append("\n| `[").append(section).append("]` | |\n|---|---|\n");
    for (EntryKeys.Key<?> key : keys) {
      out.append("| `").append(key.name()).append("` | ");
      out.append(own.contains(key.name()) ? "*Trunkline's own.* " : "");
      out.append(key.setting().doc().replace("|", "\\|")).append(" |\n");
    }
  }
}
