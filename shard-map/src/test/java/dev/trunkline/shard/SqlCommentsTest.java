package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlCommentsTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      value = {
        "SELECT 1 /*workspace_id='a'*/ § a",
        "/*workspace_id='a'*/ SELECT 1 § a",
        "/* workspace_id = 'a' */ SELECT 1; § a",
        "SELECT 1 /*action='%2Fparam*d',workspace_id='a-b',traceparent='00-5b'*/; § a-b",
        "SELECT 1 /*x='it\\'s, workspace_id=\\'b\\'',workspace_id='a'*/ § a",
        "SELECT 1 /*workspace_id='%C3%A4%20%27\\'b%zz'*/ § ä ''b%zz",
        "SELECT 1 /*workspace_id='a'*/ -- x⏎ /*y='z'*/ ; § a",
        "SELECT 1; SELECT 2 /*workspace_id='a'*/; SELECT 3 § a",
        "/*workspace_id='a'*/; SELECT 1 /*workspace_id='%61'*/ § a",
        "SELECT 1 /*workspace_id=''*/ § ``",
      })
  void readsTheWorkspaceOfAComment(String sql, String workspace) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.commentWorkspace()).isEqualTo(workspace);
    assertThat(scanner.commentConflict()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT /*workspace_id='a'*/ 1",
        "SELECT 1 -- workspace_id='a'",
        "SELECT '/*workspace_id=''a''*/'",
        "SELECT 1 /*x='workspace_id'*/",
        "SELECT 1 /*my_workspace_id='a'*/",
        "SELECT 1 /*workspace_id=a*/",
        "SELECT 1 /*workspace_id='a*/",
        "SELECT 1 /*workspace_id='a\\'*/",
        "SELECT 1 /**/",
      })
  void findsNoWorkspaceElsewhere(String sql) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.commentWorkspace()).isNull();
    assertThat(scanner.commentConflict()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/*workspace_id='a'*/ SELECT 1 /*workspace_id='b'*/",
        "SELECT 1 /*workspace_id='a',workspace_id='b'*/",
        "SELECT 1 /*workspace_id='a'*/ /*workspace_id='b'*/",
        "SELECT 1 /*workspace_id='a'*/; SELECT 2 /*workspace_id='b'*/",
      })
  void seesThatCommentsContradict(String sql) {
    assertThat(Scans.of(sql).commentConflict()).isTrue();
  }
}
