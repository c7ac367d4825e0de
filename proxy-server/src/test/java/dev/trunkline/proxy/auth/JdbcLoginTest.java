package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The client login against the driver that most clients of a proxy written in Java use. */
class JdbcLoginTest {
  private final LoginContext context = new LoginContext(LoginContext.Limits.DEFAULT);

  @AfterEach
  void closeContext() {
    context.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"TRUST", "PLAIN", "MD5", "SCRAM_SHA_256"})
  void theDriverIsLetInWithTheRightPassword(Method type) throws IOException {
    assertThat(sqlstate(type, new Secret.Plain("secret"), "secret"))
        .isEqualTo(LoginListener.LET_IN);
  }

  @Test
  void theDriverIsLetInWithAScramSecret() throws IOException {
    assertThat(sqlstate(Method.MD5, Scrams.secret("secret"), "secret"))
        .isEqualTo(LoginListener.LET_IN);
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "MD5", "SCRAM_SHA_256"})
  void theDriverSeesAnInvalidPassword(Method type) throws IOException {
    assertThat(sqlstate(type, new Secret.Plain("secret"), "wrong")).isEqualTo("28P01");
    assertThat(sqlstate(type, null, "secret")).isEqualTo("28P01");
  }

  private String sqlstate(Method type, Secret secret, String password) throws IOException {
    try (LoginListener listener = new LoginListener(type, secret, context)) {
      Properties properties = new Properties();
      properties.setProperty("user", "bob");
      properties.setProperty("password", password);
      properties.setProperty("sslmode", "disable");
      properties.setProperty("gssEncMode", "disable");
      String url = "jdbc:postgresql://127.0.0.1:" + listener.port() + "/test";
      return catchThrowableOfType(
              SQLException.class, () -> DriverManager.getConnection(url, properties).close())
          .getSQLState();
    }
  }
}
