package dev.trunkline.proxy;

import dev.trunkline.proxy.auth.TlsContexts;
import dev.trunkline.proxy.auth.TlsException;
import dev.trunkline.proxy.auth.TlsOptions;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.config.SslMode;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.server.ServerOptions;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What one configuration says about TLS, made usable.
 *
 * @param clients null when client_tls_sslmode is disable
 * @param serverOptions how servers are connected to
 */
record Tls(SslContext clients, ServerOptions serverOptions) {
  static Tls of(Settings settings, SocketOptions sockets) throws TlsException {
    TlsOptions client =
        new TlsOptions(
            settings.get(Keys.CLIENT_TLS_SSLMODE),
            path(settings.get(Keys.CLIENT_TLS_KEY_FILE)),
            path(settings.get(Keys.CLIENT_TLS_CERT_FILE)),
            path(settings.get(Keys.CLIENT_TLS_CA_FILE)),
            protocols(settings.get(Keys.CLIENT_TLS_PROTOCOLS)),
            settings.get(Keys.CLIENT_TLS_CIPHERS),
            "");
    TlsOptions server =
        new TlsOptions(
            settings.get(Keys.SERVER_TLS_SSLMODE),
            path(settings.get(Keys.SERVER_TLS_KEY_FILE)),
            path(settings.get(Keys.SERVER_TLS_CERT_FILE)),
            path(settings.get(Keys.SERVER_TLS_CA_FILE)),
            protocols(settings.get(Keys.SERVER_TLS_PROTOCOLS)),
            settings.get(Keys.SERVER_TLS_CIPHERS),
            "");
    return new Tls(
        client.mode() == SslMode.DISABLE ? null : TlsContexts.forClients(client, Log::warning),
        new ServerOptions(
            (int) settings.get(Keys.SERVER_CONNECT_TIMEOUT).toMillis(),
            (int) settings.get(Keys.CANCEL_WAIT_TIMEOUT).toMillis(),
            server.mode(),
            server.mode() == SslMode.DISABLE ? null : TlsContexts.forServers(server, Log::warning),
            settings.get(Keys.HIGH_WATERMARK),
            settings.get(Keys.LOW_WATERMARK),
            settings.get(Keys.MAX_PACKET_SIZE).intValue(),
            sockets.connection(settings)));
  }

  /** Which TLS library is in use, if any: asking loads it. */
  String inUse() {
    return clients == null && serverOptions.sslContext() == null ? "no TLS" : provider();
  }

  /** Which TLS library there is. */
  static String provider() {
    return OpenSsl.isAvailable() ? OpenSsl.versionString() : "JDK TLS";
  }

  private static Path path(String file) {
    return file.isEmpty() ? null : Path.of(file);
  }

  private static String protocols(List<String> names) {
    return String.join(",", names).toLowerCase(Locale.ROOT);
  }
}
