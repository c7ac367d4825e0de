package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
  @Test
  void nothingIsASecretThatMatchesNothing() {
    assertThat(Secret.parse("bob", null)).isEqualTo(new Secret.None());
    assertThat(Secret.parse("bob", "")).isEqualTo(new Secret.None());
  }

  @Test
  void md5HasThirtyTwoHexadecimalDigits() {
    String hash = Digests.md5Secret("secret", "bob");

    assertThat(Secret.parse("bob", hash)).isEqualTo(new Secret.Md5(hash));
    assertThat(Secret.parse("bob", hash + "0")).isInstanceOf(Secret.Plain.class);
    assertThat(Secret.parse("bob", "md5")).isEqualTo(new Secret.Plain("md5"));
  }

  @Test
  void scramIsReadWithAllItsParts() {
    String text = Scrams.secretText("secret", "0123456789abcdef", 4711);

    Secret.Scram scram = (Secret.Scram) Secret.parse("bob", text);

    ScramKeys keys = ScramKeys.derive(new Derivation("secret", scram.salt(), 4711));
    assertThat(scram.iterations()).isEqualTo(4711);
    assertThat(scram.storedKey()).isEqualTo(keys.storedKey());
    assertThat(scram.serverKey()).isEqualTo(keys.serverKey());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SCRAM-SHA-256$",
        "SCRAM-SHA-256$4096:c2FsdA==$AAAA:BBBB",
        "SCRAM-SHA-256$0:c2FsdA==$AAAA:BBBB",
        "SCRAM-SHA-256$4096:!$AAAA:BBBB"
      })
  void aDamagedScramSecretIsNotTakenForAPassword(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Secret.parse("bob", text))
        .withMessageContaining("\"bob\"");
  }

  @Test
  void aPasswordWithANulCouldNeverBeSent() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Secret.parse("bob", "a\0b"))
        .withMessageContaining("\"bob\"");
  }

  @Test
  void secretsAndCredentialsAreNeverPrinted() {
    String hash = Digests.md5Secret("hunter2", "bob");
    String scram = Scrams.secretText("hunter2", "salt-salt", 4096);

    assertThat(Secret.parse("bob", "hunter2").toString()).doesNotContain("hunter2");
    assertThat(Secret.parse("bob", hash).toString()).doesNotContain(hash.substring(3));
    assertThat(Secret.parse("bob", scram).toString()).doesNotContain(scram.substring(50));
    assertThat(Credential.of(new Secret.Plain("hunter2")).toString()).doesNotContain("hunter2");
    assertThat(Credential.of(new Secret.Md5(hash)).toString()).doesNotContain(hash.substring(3));
    assertThat(new Derivation("hunter2", Bytes.of(new byte[1]), 1).toString())
        .doesNotContain("hunter2");
  }
}
