package dev.trunkline.proxy.compat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.BackendDecoder;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One connection of a scenario; does its steps and writes down what came back.
 *
 * <ul>
 *   <li>{@code login user=u database=d password=p …}: startup packet, authentication, welcome
 *   <li>{@code query SQL}: simple query, answer up to ReadyForQuery or the end
 *   <li>{@code columns SQL}: the same, without the rows
 *   <li>{@code names SQL}: the same, the rows' first column only
 *   <li>{@code pick column,column SQL}: the same, those columns only
 *   <li>{@code send Q sql; P name|sql; B portal|statement|values; D S name; E portal; C S name; S;
 *       H; d data; c; f reason; X; raw hex}: messages, nothing is read
 *   <li>{@code read}: up to ReadyForQuery or the end; {@code until G}: up to that tag
 *   <li>{@code closed}: the end must be next; {@code close}: vanish; {@code cancel}: CancelRequest
 * </ul>
 */
final class Speaker implements AutoCloseable {
  private static final List<String> ALL = List.of("*");
  private static final List<String> FIRST = List.of("1");

  private final int port;
  private final List<String> transcript;
  private final String who;
  private FakeClient client;

  /** Of the columns that are being read. */
  private List<String> names = List.of();

  Speaker(String who, int port, List<String> transcript) {
    this.who = who;
    this.port = port;
    this.transcript = transcript;
  }

  void step(String verb, String rest) {
    switch (verb) {
      case "login" -> login(rest);
      case "query" -> query(rest, ALL);
      case "columns" -> query(rest, List.of());
      case "names" -> query(rest, FIRST);
      case "pick" -> {
        String[] words = rest.split(" ", 2);
        query(words[1], List.of(words[0].split(",", -1)));
      }
      case "send" -> Arrays.stream(rest.split("; ", -1)).forEach(this::send);
      case "read" -> read('Z', ALL);
      case "until" -> read(rest.charAt(0), ALL);
      case "closed" -> client.expectClosed();
      case "close" -> client.close();
      case "cancel" -> cancel();
      default -> throw new IllegalArgumentException("unknown verb " + verb);
    }
  }

  private void login(String rest) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String word : rest.split(" ", -1)) {
      String[] pair = word.split("=", 2);
      parameters.put(pair[0], pair[1].replace('_', ' ').replace("  ", "_"));
    }
    String password = parameters.remove("password");
    client = FakeClient.connect(port);
    client.send(out -> Frontend.startup(out, 0, parameters));
    try {
      client
          .authenticate(parameters.get("user"), password == null ? "" : password)
          .forEach(message -> note(message, ALL));
    } catch (AssertionError failure) {
      note("<" + failure.getMessage().lines().findFirst().orElse("") + ">");
    }
  }

  private void query(String sql, List<String> columns) {
    client.send(out -> Frontend.query(out, sql));
    read('Z', columns);
  }

  private void read(char last, List<String> columns) {
    Message message;
    do {
      message = client.receiveOrNull();
      if (message == null) {
        note("<EOF>");
        return;
      }
      note(message, columns);
    } while (message.tag() != last);
  }

  private void cancel() {
    try (FakeClient canceler = FakeClient.connect(port)) {
      BackendDecoder.BackendKeyData key = client.key();
      canceler.send(out -> Frontend.cancelRequest(out, key.pid(), key.key()));
      canceler.expectClosed();
    }
  }

  private void send(String message) {
    client.send(encoder(message));
  }

  private static Consumer<ByteBuf> encoder(String message) {
    String rest = message.length() > 2 ? message.substring(2) : "";
    String[] parts = rest.split("\\|", -1);
    return switch (message.charAt(0)) {
      case 'Q' -> out -> Frontend.query(out, rest);
      case 'P' -> out -> Frontend.parse(out, parts[0], parts[1]);
      case 'B' -> out -> Frontend.bind(out, parts[0], parts[1], values(parts));
      case 'D' -> out -> Frontend.describe(out, (byte) rest.charAt(0), rest.substring(1).strip());
      case 'C' -> out -> Frontend.close(out, (byte) rest.charAt(0), rest.substring(1).strip());
      case 'E' -> out -> Frontend.execute(out, rest, 0);
      case 'S' -> Frontend::sync;
      case 'H' -> Frontend::flush;
      case 'X' -> Frontend::terminate;
      case 'd' -> out -> Frontend.copyData(out, bytes(rest + "\n"));
      case 'c' -> Frontend::copyDone;
      case 'f' -> out -> Frontend.copyFail(out, rest);
      case 'r' -> out -> out.writeBytes(HexFormat.of().parseHex(message.substring(4)));
      default -> throw new IllegalArgumentException("unknown message " + message);
    };
  }

  private static List<byte[]> values(String[] parts) {
    return parts.length < 3 || parts[2].isEmpty()
        ? List.of()
        : Arrays.stream(parts[2].split(",", -1)).map(Speaker::bytes).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void note(Message message, List<String> columns) {
    ByteBuf body = message.buffer();
    switch (message.tag()) {
      case Tags.Backend.ERROR_RESPONSE, Tags.Backend.NOTICE_RESPONSE -> note(message.fields());
      case Tags.Backend.DATA_ROW -> row(message.row(), columns);
      case Tags.Backend.ROW_DESCRIPTION -> described(BackendDecoder.rowDescription(body), columns);
      case Tags.Backend.COMMAND_COMPLETE -> note("C " + BackendDecoder.commandComplete(body));
      case Tags.Backend.READY_FOR_QUERY -> note("Z " + (char) BackendDecoder.readyForQuery(body));
      case Tags.Backend.PARAMETER_STATUS -> {
        BackendDecoder.ParameterStatus status = BackendDecoder.parameterStatus(body);
        note("S " + status.name() + "=" + status.value());
      }
      case Tags.Backend.AUTHENTICATION -> note("R " + body.readInt());
      default -> note("" + (char) message.tag());
    }
  }

  private void note(ErrorFields fields) {
    note(fields.severity() + " " + fields.sqlstate() + " " + fields.message());
  }

  private void described(List<Backend.Column> row, List<String> columns) {
    names = row.stream().map(Backend.Column::name).toList();
    if (columns == ALL || columns == FIRST || columns.isEmpty()) {
      note("T " + row.stream().map(Speaker::column).collect(Collectors.joining(" ")));
    }
  }

  private void row(List<String> cells, List<String> columns) {
    if (columns == ALL) {
      note("D " + cells);
    } else if (columns == FIRST) {
      note("D " + cells.subList(0, 1));
    } else if (!columns.isEmpty()) {
      note("D " + columns.stream().map(name -> cell(cells, name)).toList());
    }
  }

  /** What a version has not got looks like a NULL that no program sends. */
  private String cell(List<String> cells, String name) {
    int at = names.indexOf(name);
    return at < 0 ? "-" : cells.get(at);
  }

  private static String column(Backend.Column column) {
    return column.name() + ":" + column.typeOid();
  }

  private void note(String line) {
    transcript.add(who + "< " + line);
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
  }

  /** Lines of one kind whose order says nothing, such as the welcome's parameters. */
  static List<String> settled(List<String> transcript) {
    List<String> lines = new ArrayList<>();
    List<String> run = new ArrayList<>();
    for (String line : transcript) {
      if (line.contains("< S ") || line.contains("< K")) {
        run.add(line);
      } else {
        run.stream().sorted().forEach(lines::add);
        run.clear();
        lines.add(line);
      }
    }
    lines.addAll(run);
    return lines;
  }
}
