package dev.trunkline.proxy.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** What settings and listeners have to agree on, beyond what each of them accepts alone. */
final class Checks {
  private static final String LISTEN_ADDR = Keys.LISTEN_ADDR.name();
  private static final List<Setting<String>> FILES =
      List.of(
          Keys.AUTH_FILE,
          Keys.AUTH_HBA_FILE,
          Keys.AUTH_IDENT_FILE,
          Keys.CLIENT_TLS_KEY_FILE,
          Keys.CLIENT_TLS_CERT_FILE,
          Keys.CLIENT_TLS_CA_FILE,
          Keys.SERVER_TLS_KEY_FILE,
          Keys.SERVER_TLS_CERT_FILE,
          Keys.SERVER_TLS_CA_FILE);

  /** One listener, and the key of the file that asks for it. */
  private record Listener(Block block, String key, Endpoint endpoint) {
    String path() {
      return block.pathOf(key);
    }

    /** Of several listen_addr those that cannot be bound are left out, with a warning. */
    boolean collidesWith(Listener earlier) {
      boolean sameList = key.equals(LISTEN_ADDR) && earlier.key.equals(LISTEN_ADDR);
      return !sameList && endpoint.collidesWith(earlier.endpoint);
    }
  }

  private Checks() {}

  /** Reports each setting that does not fit the others, with a sentence. */
  static void settings(Settings settings, BiConsumer<Setting<?>, String> problems) {
    if (settings.get(Keys.LOW_WATERMARK) >= settings.get(Keys.HIGH_WATERMARK)) {
      problems.accept(
          Keys.LOW_WATERMARK,
          "%s is not below %s, which is %s"
              .formatted(
                  settings.text(Keys.LOW_WATERMARK),
                  Keys.HIGH_WATERMARK.name(),
                  settings.text(Keys.HIGH_WATERMARK)));
    }
    for (Setting<String> file : FILES) {
      String name = settings.get(file);
      if (!name.isEmpty() && !Files.isReadable(Path.of(name))) {
        problems.accept(file, name + " cannot be read");
      }
    }
    if (settings.get(Keys.CLIENT_TLS_SSLMODE) != SslMode.DISABLE) {
      needs(settings, Keys.CLIENT_TLS_KEY_FILE, Keys.CLIENT_TLS_SSLMODE, problems);
      needs(settings, Keys.CLIENT_TLS_CERT_FILE, Keys.CLIENT_TLS_SSLMODE, problems);
    }
    authentication(settings, problems);
    pair(settings, Keys.SERVER_TLS_KEY_FILE, Keys.SERVER_TLS_CERT_FILE, problems);
    pair(settings, Keys.SERVER_TLS_CERT_FILE, Keys.SERVER_TLS_KEY_FILE, problems);
  }

  private static void authentication(Settings settings, BiConsumer<Setting<?>, String> problems) {
    switch (settings.get(Keys.AUTH_TYPE)) {
      case HBA -> needs(settings, Keys.AUTH_HBA_FILE, Keys.AUTH_TYPE, problems);
      case LDAP -> needs(settings, Keys.AUTH_LDAP_OPTIONS, Keys.AUTH_TYPE, problems);
      case CERT -> {
        if (settings.get(Keys.CLIENT_TLS_SSLMODE) != SslMode.VERIFY_FULL) {
          problems.accept(Keys.AUTH_TYPE, "cert needs client_tls_sslmode = verify-full");
        }
      }
      case ANY, TRUST, PLAIN, MD5, SCRAM_SHA_256 -> {}
    }
    if (Entries.RESERVED.contains(settings.get(Keys.AUTH_DBNAME))) {
      problems.accept(Keys.AUTH_DBNAME, "the console has no users to ask for");
    }
  }

  private static void pair(
      Settings settings,
      Setting<String> one,
      Setting<String> other,
      BiConsumer<Setting<?>, String> problems) {
    if (!settings.get(one).isEmpty()) {
      needs(settings, other, one, problems);
    }
  }

  private static void needs(
      Settings settings,
      Setting<String> needed,
      Setting<?> by,
      BiConsumer<Setting<?>, String> problems) {
    if (settings.get(needed).isEmpty()) {
      problems.accept(by, "%s needs %s".formatted(settings.text(by), needed.name()));
    }
  }

  /** Refuses each listener that collides with an earlier one, and a file that has none. */
  static void listeners(Block top, Settings settings, Map<String, GroupConfig> groups) {
    List<Listener> listeners = listeners(top, settings, groups.values());
    if (listeners.isEmpty() && settings.get(Keys.UNIX_SOCKET_DIR).isEmpty()) {
      top.refuseBlock(
          "nowhere to listen on: set pgbouncer.listen_addr or unix_socket_dir, or the listen of a"
              + " group");
    }
    Endpoint metrics = settings.get(Keys.METRICS_LISTEN);
    listeners.add(new Listener(top.child("trunkline"), "metrics_listen", metrics));
    for (int i = 1; i < listeners.size(); i++) {
      Listener later = listeners.get(i);
      listeners.subList(0, i).stream()
          .filter(later::collidesWith)
          .findFirst()
          .ifPresent(earlier -> refuse(later, earlier));
    }
  }

  private static void refuse(Listener later, Listener earlier) {
    later
        .block()
        .refuse(
            later.key(),
            "%s is taken by %s (%s)"
                .formatted(later.endpoint(), earlier.path(), earlier.endpoint()));
  }

  private static List<Listener> listeners(
      Block top, Settings settings, Collection<GroupConfig> groups) {
    List<Listener> listeners = new ArrayList<>();
    Block pgbouncer = top.child("pgbouncer");
    int port = settings.get(Keys.LISTEN_PORT);
    for (String address : settings.get(Keys.LISTEN_ADDR)) {
      listeners.add(new Listener(pgbouncer, LISTEN_ADDR, new Endpoint(address, port)));
    }
    Block blocks = top.child("groups");
    for (GroupConfig group : groups) {
      if (group.listenAddr() != null) {
        Endpoint endpoint = new Endpoint(group.listenAddr(), group.listenPort());
        listeners.add(new Listener(blocks.child(group.name()), "listen", endpoint));
      }
    }
    return listeners;
  }
}
