package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceIdTest {
  private static final String UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
        "3f2504e04f8941d39a0c0305e82c3301",
        "{3f2504e0-4f89-41d3-9a0c-0305e82c3301}",
        "{3F2504E04F8941D39A0C0305E82C3301}",
        "3f25-04e0-4f89-41d3-9a0c-0305-e82c-3301"
      })
  void everySpellingThatPostgresReadsAsOneUuidBecomesOneId(String spelling) {
    assertThat(WorkspaceId.canonical(spelling)).isEqualTo(UUID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Acme",
        " acme ",
        "*",
        "größe",
        "工作区 🚂",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330",
        "3f2504e0-4f89-41d3-9a0c-0305e82c33011",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301-",
        "3f2504e0--4f89-41d3-9a0c-0305e82c3301",
        "-3f2504e04f8941d39a0c0305e82c3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
        "{3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301}",
        "{}",
        "{"
      })
  void whatIsNoUuidStaysAsItIs(String id) {
    assertThat(WorkspaceId.canonical(id)).isSameAs(id);
  }

  @Test
  void aCanonicalUuidIsReturnedItself() {
    assertThat(WorkspaceId.canonical(UUID)).isSameAs(UUID);
  }

  @Test
  void anIdMayHaveExactlyAsManyBytesAsAllowed() {
    assertThat(WorkspaceId.canonical("ä".repeat(64))).hasSize(64);
    assertThat(WorkspaceId.canonical("🚂".repeat(32))).hasSize(64);
    refused("ä".repeat(64) + "x", "The workspace id is longer than 128 bytes.");
    refused("🚂".repeat(32) + "x", "The workspace id is longer than 128 bytes.");
    refused("x".repeat(1_000_000), "The workspace id is longer than 128 bytes.");
  }

  @Test
  void whatCanNeverBeAnIdIsRefusedWithASentence() {
    refused("", "The workspace id is empty.");
    refused("a\u0000b", "The workspace id has a control character at position 2.");
    refused("a\tb", "The workspace id has a control character at position 2.");
    refused("\u007f", "The workspace id has a control character at position 1.");
    refused("\u0085", "The workspace id has a control character at position 1.");
    refused("a\ud83d", "The workspace id has half a surrogate pair at position 2.");
    refused("\ude82a", "The workspace id has half a surrogate pair at position 1.");
  }

  private static void refused(String id, String sentence) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WorkspaceId.canonical(id))
        .withMessage(sentence);
  }
}
