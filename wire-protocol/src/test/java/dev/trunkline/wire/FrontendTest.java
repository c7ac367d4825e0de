package dev.trunkline.wire;

import static dev.trunkline.wire.BackendTest.ascii;
import static dev.trunkline.wire.BackendTest.assertBytes;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrontendTest {
  /** The text holds apostrophes, so it is spelled in hexadecimal. */
  private static final String QUERY = "'Q' 00000010 73656c65637420 27 c39f 27 00";

  @Test
  void theUntaggedPacketsAreAsDocumented() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "bob");
    parameters.put("database", "db");

    assertBytes(
        out -> Frontend.startup(out, 0, parameters),
        "0000001e 00030000 'user' 00 'bob' 00 'database' 00 'db' 00 00");
    assertBytes(Frontend::sslRequest, "00000008 04d2162f");
    assertBytes(Frontend::gssEncRequest, "00000008 04d21630");
    assertBytes(
        out -> Frontend.cancelRequest(out, 7, new byte[] {1, 2, 3, 4}),
        "00000010 04d2162e 00000007 01020304");
  }

  @Test
  void aStartupParameterNeedsAName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Frontend.startup(Unpooled.buffer(), 0, Map.of("", "x")));
  }

  @Test
  void thePasswordMessagesAreAsDocumented() {
    assertBytes(out -> Frontend.password(out, "pw"), "'p' 00000007 'pw' 00");
    assertBytes(out -> Frontend.password(out, ascii("pw")), "'p' 00000007 'pw' 00");
    assertBytes(
        out -> Frontend.saslInitialResponse(out, "SCRAM-SHA-256", ascii("n,,")),
        "'p' 00000019 'SCRAM-SHA-256' 00 00000003 'n,,'");
    assertBytes(
        out -> Frontend.saslInitialResponse(out, "X", null), "'p' 0000000a 'X' 00 ffffffff");
    assertBytes(out -> Frontend.saslResponse(out, ascii("c=x")), "'p' 00000007 'c=x'");
  }

  @Test
  void theQueryMessagesAreAsDocumented() {
    assertBytes(out -> Frontend.query(out, "select 'ß'"), QUERY);
    assertBytes(
        out -> Frontend.parse(out, "s1", "select $1", 23),
        "'P' 00000017 's1' 00 'select $1' 00 0001 00000017");
    assertBytes(
        out -> Frontend.bind(out, "", "s1", Arrays.asList(ascii("42"), null)),
        "'B' 00000018 00 's1' 00 0000 0002 00000002 '42' ffffffff 0000");
    assertBytes(
        out ->
            Frontend.bind(
                out,
                "p",
                "s1",
                new short[] {1},
                List.of(new byte[] {0, 0, 0, 9}),
                new short[] {1, 0}),
        "'B' 0000001d 'p' 00 's1' 00 0001 0001 0001 00000004 00000009 0002 0001 0000");
    assertBytes(
        out -> Frontend.describe(out, Frontend.STATEMENT, "s1"), "'D' 00000008 'S' 's1' 00");
    assertBytes(out -> Frontend.execute(out, "", 10), "'E' 00000009 00 0000000a");
    assertBytes(out -> Frontend.close(out, Frontend.PORTAL, "p"), "'C' 00000007 'P' 'p' 00");
    assertBytes(Frontend::sync, "'S' 00000004");
    assertBytes(Frontend::flush, "'H' 00000004");
    assertBytes(Frontend::terminate, "'X' 00000004");
  }

  @Test
  void theCopyAndFunctionMessagesAreAsDocumented() {
    assertBytes(out -> Frontend.copyData(out, ascii("a")), "'d' 00000005 'a'");
    assertBytes(Frontend::copyDone, "'c' 00000004");
    assertBytes(out -> Frontend.copyFail(out, "no"), "'f' 00000007 'no' 00");
    assertBytes(
        out ->
            Frontend.functionCall(
                out, 1598, new short[] {1}, Arrays.asList(new byte[] {5}, null), (short) 0),
        "'F' 00000019 0000063e 0001 0001 0002 00000001 05 ffffffff 0000");
  }
}
