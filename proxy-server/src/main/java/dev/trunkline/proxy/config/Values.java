package dev.trunkline.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Text to value and back. Each parser refuses with an IllegalArgumentException whose sentence says
 * what is accepted; the caller puts the key in front.
 */
final class Values {
  /** A login has to fit. */
  private static final int SMALLEST_PACKET = 1024;

  private static final Pattern COMMA = Pattern.compile(",");
  private static final Pattern PLAIN_DECIMAL = Pattern.compile("\\d+(\\.\\d+)?");
  private static final Pattern WITH_UNIT = Pattern.compile("\\d+(\\.\\d+)? *[A-Za-z]+");
  private static final Pattern WHOLE = Pattern.compile("\\d+");
  private static final Pattern OCTAL = Pattern.compile("[0-7]{1,4}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]+");
  private static final Pattern SETTING_NAME =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)*");
  private static final Pattern SCRAM_SECRET =
      Pattern.compile("SCRAM-SHA-256\\$\\d+:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+");
  private static final int MAX_PORT = 65_535;
  private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::");

  private Values() {}

  static String string(String text) {
    return text;
  }

  static String name(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("must not be empty");
    }
    return text;
  }

  static String file(String text) {
    return Path.of(text).toString();
  }

  static String host(String text) {
    if (!HOST.matcher(text).matches()) {
      throw refused(text, "a DNS name or an address");
    }
    return text;
  }

  /** Servers of a database: names and addresses in a list, or the directory of a unix socket. */
  static String servers(String text) {
    List<String> hosts = list(text);
    if (hosts.isEmpty()) {
      throw refused(text, "a DNS name, an address or a list of them, or a directory");
    }
    hosts.forEach(host -> socketOrHost(host));
    return String.join(",", hosts);
  }

  /** Bytes of a message: what its length field can say, and at least a header. */
  static long packetSize(String text) {
    long bytes = size(text);
    if (bytes < SMALLEST_PACKET || bytes > Integer.MAX_VALUE) {
      throw refused(text, "a size from 1024 to 2147483647");
    }
    return bytes;
  }

  /** One server: a name, an address, or the directory of a unix socket. */
  static String server(String text) {
    return socketOrHost(text);
  }

  /** Number of a process among its peers. */
  static int peerId(String text) {
    return whole(text, 1, PeerConfig.MAX_ID, "the number of a peer (1 to 16383)");
  }

  /** The same, or 0 for none. */
  static int peerIdOrNone(String text) {
    return whole(text, 0, PeerConfig.MAX_ID, "the number of a peer (1 to 16383), or 0");
  }

  private static String socketOrHost(String text) {
    return text.startsWith("/") || text.startsWith("@") ? text : host(text);
  }

  /** {@code *} for every address, or one of them. */
  private static String listenHost(String text) {
    return text.equals("*") ? text : host(text);
  }

  /** Each once; all of IPv4 and all of IPv6 are one socket. */
  static List<String> listenHosts(String text) {
    Set<String> hosts = new LinkedHashSet<>(list(text));
    hosts.forEach(Values::listenHost);
    if (hosts.containsAll(EVERY_ADDRESS)) {
      hosts.removeAll(EVERY_ADDRESS);
      hosts.add("*");
    }
    return List.copyOf(hosts);
  }

  static Path path(String text) {
    return Path.of(name(text));
  }

  /** A name such as {@code app.workspace_id} that SET takes without quotes. */
  static String settingName(String text) {
    if (!SETTING_NAME.matcher(text).matches()) {
      throw refused(text, "the name of a setting of the server (such as app.workspace_id)");
    }
    return text;
  }

  /** A stored secret; never shown, as it is one. */
  static String secret(String text) {
    if (text.startsWith("SCRAM-SHA-256$") && !SCRAM_SECRET.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "is not a SCRAM secret (SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY)");
    }
    return text;
  }

  static AuthType authType(String text) {
    if (text.equalsIgnoreCase("pam")) {
      throw new IllegalArgumentException(
          "pam is not supported: its modules are made for processes that may block; use ldap, or"
              + " scram-sha-256 with auth_query");
    }
    return oneOf(AuthType.class).apply(text);
  }

  static boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "1", "true", "yes", "on" -> true;
      case "0", "false", "no", "off" -> false;
      default -> throw refused(text, "a switch (true or false, 1 or 0)");
    };
  }

  /** An access mode as chmod takes it, kept as it was written. */
  static String octal(String text) {
    if (!OCTAL.matcher(text).matches()) {
      throw refused(text, "an access mode (octal, such as 0777)");
    }
    return text;
  }

  /** A number of things, 0 for none or no limit. */
  static int count(String text) {
    return whole(text, 0, Integer.MAX_VALUE, "a whole number (0 or more)");
  }

  /** A bound of an entry; -1 for 0, which says nothing. */
  static int bound(String text) {
    int number = count(text);
    return number == 0 ? -1 : number;
  }

  /** A number of things of which there must be one. */
  static int atLeastOne(String text) {
    return whole(text, 1, Integer.MAX_VALUE, "a whole number (1 or more)");
  }

  static int verbosity(String text) {
    return whole(text, 0, 3, "a verbosity (0 to 3)");
  }

  /** {@code 0.1%} as 0.001; more than nothing, and all at most. */
  static double percent(String text) {
    String number = text.endsWith("%") ? text.substring(0, text.length() - 1).strip() : "";
    double share = PLAIN_DECIMAL.matcher(number).matches() ? Double.parseDouble(number) / 100 : 0;
    if (share <= 0 || share > 1) {
      throw refused(text, "a share (such as 0.1%, at most 100%)");
    }
    return share;
  }

  static int port(String text) {
    return whole(text, 1, MAX_PORT, "a port (1 to 65535)");
  }

  /** A port to listen on: 0 lets the kernel choose. */
  static int listenPort(String text) {
    return whole(text, 0, MAX_PORT, "a port (1 to 65535, or 0 for any free one)");
  }

  private static int whole(String text, int min, int max, String what) {
    if (!WHOLE.matcher(text).matches() || text.length() > 11) {
      throw refused(text, what);
    }
    long number = Long.parseLong(text);
    if (number < min || number > max) {
      throw refused(text, what);
    }
    return (int) number;
  }

  /** PgBouncer's decimal seconds, or a HOCON duration with its unit. */
  static Duration duration(String text) {
    try {
      if (PLAIN_DECIMAL.matcher(text).matches()) {
        return seconds(text);
      }
      // Without a unit HOCON would take milliseconds.
      if (WITH_UNIT.matcher(text).matches()) {
        return hocon(text).getDuration("v");
      }
    } catch (com.typesafe.config.ConfigException | ArithmeticException e) {
      throw new IllegalArgumentException(durationRefused(text), e);
    }
    throw new IllegalArgumentException(durationRefused(text));
  }

  /** A time of an entry; null for 0, which says nothing. */
  static Duration timeOrNone(String text) {
    Duration time = duration(text);
    return time.isZero() ? null : time;
  }

  /** A duration of which some must be left for the thing to make sense. */
  static Duration someTime(String text) {
    Duration parsed = duration(text);
    if (parsed.isZero()) {
      throw new IllegalArgumentException("must be longer than 0");
    }
    return parsed;
  }

  private static Duration seconds(String text) {
    BigDecimal nanos = new BigDecimal(text).movePointRight(9).setScale(0, RoundingMode.HALF_UP);
    return Duration.ofNanos(nanos.longValueExact());
  }

  private static String durationRefused(String text) {
    return refused(text, "a time (seconds such as 1.5, or with its unit: 500ms, 30s, 5m, 1h)")
        .getMessage();
  }

  /** Bytes, or a HOCON size with its unit. */
  static long size(String text) {
    String what = "a size (bytes, or with its unit: 64 KiB, 16 MB)";
    try {
      if (WHOLE.matcher(text).matches() || WITH_UNIT.matcher(text).matches()) {
        return hocon(text).getBytes("v");
      }
    } catch (com.typesafe.config.ConfigException e) {
      throw new IllegalArgumentException(refused(text, what).getMessage(), e);
    }
    throw refused(text, what);
  }

  /** A size that has to fit one buffer. */
  static int bufferSize(String text) {
    long bytes = size(text);
    if (bytes == 0 || bytes > Integer.MAX_VALUE) {
      throw refused(text, "a buffer size (1 byte to 2 GiB)");
    }
    return (int) bytes;
  }

  private static Config hocon(String text) {
    return ConfigValueFactory.fromAnyRef(text).atKey("v");
  }

  /** Comma separated names; blanks around them do not count, empty ones are dropped. */
  static List<String> list(String text) {
    List<String> parts = new ArrayList<>();
    for (String part : COMMA.split(text, -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return List.copyOf(parts);
  }

  /** {@code host:port}, or "" for {@link Endpoint#OFF}. */
  static Endpoint endpoint(String text) {
    if (text.isEmpty()) {
      return Endpoint.OFF;
    }
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw refused(text, "an address to listen on (host:port, or [v6]:port)");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new Endpoint(listenHost(host), listenPort(text.substring(colon + 1)));
  }

  /** PgBouncer's {@code *_tls_protocols} as the names of the Java platform. */
  static List<String> tlsProtocols(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "secure", "default", "" -> List.of("TLSv1.2", "TLSv1.3");
      case "all" -> List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
      default -> list(text).stream().map(Values::tlsProtocol).toList();
    };
  }

  private static String tlsProtocol(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "tlsv1.0", "tlsv1" -> "TLSv1";
      case "tlsv1.1" -> "TLSv1.1";
      case "tlsv1.2" -> "TLSv1.2";
      case "tlsv1.3" -> "TLSv1.3";
      default ->
          throw refused(text, "a TLS version (secure, all, tlsv1.0, tlsv1.1, tlsv1.2, tlsv1.3)");
    };
  }

  static <E extends Enum<E>> Function<String, E> oneOf(Class<E> type) {
    return text -> {
      StringJoiner names = new StringJoiner(", ");
      for (E value : EnumSet.allOf(type)) {
        if (name(value).equalsIgnoreCase(text)) {
          return value;
        }
        names.add(name(value));
      }
      throw new IllegalArgumentException(shown(text) + " is none of " + names);
    };
  }

  /** An enum constant as files and views write it. */
  static String name(Enum<?> value) {
    String lower = value.name().toLowerCase(Locale.ROOT);
    return value instanceof Settings.Transport ? lower : lower.replace('_', '-');
  }

  /**
   * The text SHOW CONFIG prints, as PgBouncer does: seconds, 0 or 1, bytes, plain names. Lists and
   * strings stay as they were written.
   */
  static String canonical(Object value, String written) {
    if (value instanceof Boolean on) {
      return on ? "1" : "0";
    }
    if (value instanceof Duration time) {
      return secondsText(time);
    }
    if (value instanceof Enum<?> constant) {
      return name(constant);
    }
    return value instanceof Number || value instanceof Endpoint ? value.toString() : written;
  }

  private static String secondsText(Duration time) {
    return BigDecimal.valueOf(time.toNanos(), 9).stripTrailingZeros().toPlainString();
  }

  private static IllegalArgumentException refused(String text, String what) {
    return new IllegalArgumentException(shown(text) + " is not " + what);
  }

  private static String shown(String text) {
    return text.isEmpty() ? "\"\"" : text;
  }
}
