package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.wire.Replication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that say who may log in how: rules, maps, LDAP options, system users. */
class AccessFilesTest {
  @TempDir private Path directory;
  private final List<String> warnings = new ArrayList<>();

  private List<HbaRule> rules(String text) {
    return HbaParser.parse(text, directory, maps("m joe ann\nm root all"), warnings::add);
  }

  private Map<String, IdentMap> maps(String text) {
    return IdentMap.parse(text, warnings::add);
  }

  private static ClientFacts from(String address, boolean tls) throws UnknownHostException {
    return new ClientFacts(
        InetAddress.getByName(address), null, tls ? new ClientFacts.Tls(Set.of(), null) : null);
  }

  private static Method method(List<HbaRule> rules, ClientFacts client, String db, String user) {
    return rules.stream()
        .filter(rule -> rule.covers(client, Replication.NONE, db, user))
        .findFirst()
        .map(rule -> rule.demand().method())
        .orElse(null);
  }

  @Test
  void physicalReplicationIsOfNoDatabaseAndNeedsARuleOfItsOwn() throws IOException {
    HbaRule all = rules("host all all all trust").getFirst();
    HbaRule own = rules("host replication all all trust").getFirst();
    ClientFacts client = from("10.1.2.3", false);
    assertThat(all.covers(client, Replication.PHYSICAL, "shop", "joe")).isFalse();
    assertThat(all.covers(client, Replication.LOGICAL, "shop", "joe")).isTrue();
    assertThat(own.covers(client, Replication.PHYSICAL, "shop", "joe")).isTrue();
    assertThat(own.covers(client, Replication.NONE, "replication", "joe")).isFalse();
  }

  @Test
  void theFirstRuleThatFitsCounts() throws IOException {
    List<HbaRule> rules =
        rules(
            """
            # comment
            local   all             all                              peer map=m
            hostssl "all",shop      @users.txt  10.0.0.0/8           cert map=m
            hostnossl all           all         10.1.0.0 255.255.0.0 reject
            host    sameuser        all         ::1/128              trust
            host    all             mallory     all                  reject   # no
            host    all             all         0.0.0.0/0            scram-sha-256
            """);
    assertThat(warnings).singleElement().asString().contains("@users.txt cannot be read");
    assertThat(method(rules, from("10.1.2.3", false), "shop", "joe")).isEqualTo(Method.REJECT);
    assertThat(method(rules, from("::1", false), "joe", "joe")).isEqualTo(Method.TRUST);
    assertThat(method(rules, from("::1", false), "shop", "joe")).isNull();
    assertThat(method(rules, from("1.2.3.4", true), "x", "mallory")).isEqualTo(Method.REJECT);
    assertThat(method(rules, from("1.2.3.4", true), "x", "joe")).isEqualTo(Method.SCRAM_SHA_256);
    assertThat(method(rules, new ClientFacts(null, "joe", null), "x", "ann"))
        .isEqualTo(Method.PEER);
  }

  @Test
  void namesComeFromFilesAndQuotesTakeAKeywordItsMeaning() throws IOException {
    Files.writeString(directory.resolve("users.txt"), "joe, ann\n# none\nbob\n");
    List<HbaRule> rules = rules("hostssl \"all\",shop @users.txt all md5");
    assertThat(warnings).isEmpty();
    assertThat(method(rules, from("1.2.3.4", true), "all", "bob")).isEqualTo(Method.MD5);
    assertThat(method(rules, from("1.2.3.4", true), "other", "bob")).isNull();
    assertThat(method(rules, from("1.2.3.4", true), "shop", "eve")).isNull();
  }

  @Test
  void badLinesAreSkippedWithAWarning() {
    for (String line :
        List.of(
            "host",
            "host all all 10.0.0.0/33 md5",
            "host all all example.org md5",
            "host all all 10.0.0.0 255.0.255.0 md5",
            "host all all all gss",
            "host all all all peer",
            "host all all all cert",
            "local all all peer map=nobody",
            "host all +group all md5",
            "host all all all md5 x=y",
            "host all \"joe all md5",
            "hostgssenc all all all md5",
            "host all all all ldap ldapserver=x")) {
      warnings.clear();
      assertThat(rules(line)).as(line).isEmpty();
      assertThat(warnings).as(line).singleElement().asString().startsWith("line 1: ");
    }
  }

  @Test
  void junkNeitherThrowsNorLetsAnybodyIn() throws UnknownHostException {
    Random random = new Random(7);
    String letters = "host alll,\"@#=/.0129:\tmd5\\trust\n+";
    for (int i = 0; i < 3_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(80); j > 0; j--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      assertThat(method(rules(text.toString()), from("1.2.3.4", false), "db", "joe")).isNull();
      maps(text.toString());
    }
  }

  @Test
  void mapsTellWhoMayBeWhom() {
    IdentMap map = maps("m joe ann\nm root all\nm \"all\" \"all\"\nbroken\nm /^x y").get("m");
    assertThat(map.allows("joe", "ann")).isTrue();
    assertThat(map.allows("joe", "joe")).isFalse();
    assertThat(map.allows("root", "anyone")).isTrue();
    assertThat(map.allows("all", "ann")).isFalse();
    assertThat(warnings).hasSize(2);
    assertThat(IdentMap.SAME.allows("joe", "joe")).isTrue();
  }

  @Test
  void ldapOptionsAreReadAndChecked() {
    LdapOptions search =
        LdapOptions.parse(
            "ldapserver=\"a b\" ldaptls=1 ldapbasedn=\"dc=x,dc=y\" ldapsearchattribute=cn");
    assertThat(search.servers()).containsExactly("a", "b");
    assertThat(search.startTls()).isTrue();
    assertThat(search.baseDn()).isEqualTo("dc=x,dc=y");
    assertThat(search.filter()).isEqualTo("(cn=$username)");
    assertThat(LdapOptions.parse("ldapurl=ldaps://h/dc=x?mail").filter())
        .isEqualTo("(mail=$username)");
    for (String wrong :
        List.of("", "ldapserver=x", "ldapserver=x ldapbasedn=y ldapprefix=z", "ldapx=1", "x")) {
      assertThatThrownBy(() -> LdapOptions.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void systemUsersAreReadFromTheirFile() {
    assertThat(SystemUsers.parse("root:x:0:0::/root:/bin/sh\nbroken\ntoor:x:0:\njoe:x:12:\n"))
        .isEqualTo(Map.of(0, "root", 12, "joe"));
  }
}
