package dev.trunkline.proxy.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Reads {@code auth_hba_file}. A line that cannot be understood is skipped, with a warning. */
final class HbaParser {
  private static final Map<String, Method> METHODS =
      Map.of(
          "trust", Method.TRUST,
          "reject", Method.REJECT,
          "md5", Method.MD5,
          "password", Method.PLAIN,
          "peer", Method.PEER,
          "cert", Method.CERT,
          "scram-sha-256", Method.SCRAM_SHA_256,
          "ldap", Method.LDAP);

  private final Path directory;
  private final Map<String, IdentMap> maps;

  private HbaParser(Path directory, Map<String, IdentMap> maps) {
    this.directory = directory;
    this.maps = maps;
  }

  /**
   * @param directory where names in {@code @file} start from
   * @param maps what {@code map=} may name
   * @param warnings takes a sentence for each line that is skipped
   */
  static List<HbaRule> parse(
      String text, Path directory, Map<String, IdentMap> maps, Consumer<String> warnings) {
    HbaParser parser = new HbaParser(directory, maps);
    List<HbaRule> rules = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        RuleLine line = RuleLine.of(lines.get(i));
        if (!line.atEnd()) {
          rules.add(parser.rule(line));
        }
      } catch (IllegalArgumentException wrong) {
        warnings.accept("line " + (i + 1) + ": " + wrong.getMessage() + "; the line is skipped");
      }
    }
    return rules;
  }

  private HbaRule rule(RuleLine line) {
    HbaRule.Connection connection = connection(line.next("the type").text());
    HbaRule.Names databases = names(line.nextList("the database"), true);
    HbaRule.Names users = names(line.nextList("the user"), false);
    AddressRange addresses = connection == HbaRule.Connection.LOCAL ? null : addresses(line);
    Demand demand = demand(line);
    if (demand.method() == Method.PEER && connection != HbaRule.Connection.LOCAL) {
      throw new IllegalArgumentException("peer is for local lines only");
    }
    if (demand.method() == Method.CERT && connection != HbaRule.Connection.HOSTSSL) {
      throw new IllegalArgumentException("cert is for hostssl lines only");
    }
    return new HbaRule(connection, databases, users, addresses, demand);
  }

  private static HbaRule.Connection connection(String word) {
    for (HbaRule.Connection connection : HbaRule.Connection.values()) {
      if (connection.name().toLowerCase(Locale.ROOT).equals(word)) {
        return connection;
      }
    }
    throw new IllegalArgumentException("\"" + word + "\" is not a type of connection");
  }

  private HbaRule.Names names(List<RuleLine.Word> words, boolean databases) {
    boolean all = false;
    boolean sameUser = false;
    boolean replication = false;
    Set<String> listed = new HashSet<>();
    for (RuleLine.Word word : words) {
      if (word.keyword("all")) {
        all = true;
      } else if (databases && word.keyword("sameuser")) {
        sameUser = true;
      } else if (databases && word.keyword("replication")) {
        replication = true;
      } else if (!word.quoted() && word.text().startsWith("@")) {
        listed.addAll(fromFile(word.text().substring(1)));
      } else {
        listed.add(plainName(word));
      }
    }
    return new HbaRule.Names(all, sameUser, replication, listed);
  }

  private static String plainName(RuleLine.Word word) {
    if (!word.quoted() && (word.text().startsWith("+") || word.text().startsWith("/"))) {
      throw new IllegalArgumentException("groups and regular expressions are not supported");
    }
    if (word.keyword("samerole") || word.keyword("samegroup")) {
      throw new IllegalArgumentException(word.text() + " is not supported");
    }
    return word.text();
  }

  private Set<String> fromFile(String name) {
    Set<String> names = new HashSet<>();
    try {
      for (String text : Files.readAllLines(directory.resolve(name))) {
        RuleLine line = RuleLine.of(text);
        while (!line.atEnd()) {
          line.nextList("a name").forEach(word -> names.add(word.text()));
        }
      }
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("@" + name + " cannot be read", unreadable);
    }
    return names;
  }

  private static AddressRange addresses(RuleLine line) {
    RuleLine.Word address = line.next("the address");
    if (address.keyword("all")) {
      return AddressRange.ALL;
    }
    boolean masked = !address.text().contains("/");
    return AddressRange.of(address.text(), masked ? line.next("the mask").text() : null);
  }

  private Demand demand(RuleLine line) {
    String word = line.next("the method").text();
    Method method = METHODS.get(word);
    if (method == null) {
      throw new IllegalArgumentException("\"" + word + "\" is not a method");
    }
    Map<String, String> options = line.options();
    if (method == Method.LDAP) {
      return new Demand(method, IdentMap.SAME, LdapOptions.of(options));
    }
    String map = options.remove("map");
    if (!options.isEmpty()) {
      throw new IllegalArgumentException("unknown options " + options.keySet());
    }
    return new Demand(method, map == null ? IdentMap.SAME : map(method, map), null);
  }

  private IdentMap map(Method method, String name) {
    if (method != Method.CERT && method != Method.PEER) {
      throw new IllegalArgumentException("map= is for cert and peer only");
    }
    IdentMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException("there is no map \"" + name + "\" in auth_ident_file");
    }
    return map;
  }
}
