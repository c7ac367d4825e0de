package dev.trunkline.proxy.auth;

import dev.trunkline.proxy.config.SslMode;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * Builds the TLS contexts of the listeners and of the connections to servers. Reads files: never to
 * be called on an event loop.
 *
 * <p>BoringSSL does the work where its native library loads, else the JDK; the notices say so.
 * Sessions are neither cached nor resumed by ticket, as in PostgreSQL: its drivers do not resume.
 */
public final class TlsContexts {
  /** The ALPN name of the PostgreSQL protocol, mandatory for TLS without SSLRequest. */
  public static final String ALPN = "postgresql";

  private static final ApplicationProtocolConfig ALPN_CONFIG =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ALPN);

  private TlsContexts() {}

  /**
   * The context of the listeners, {@code client_tls_*}. Client certificates: {@code verify-ca} and
   * {@code verify-full} demand one (the name in it is the login's business); other modes verify the
   * one a client shows if {@code client_tls_ca_file} is set, and do not ask for one otherwise.
   *
   * @param options of any mode but {@code disable}
   * @param notices takes sentences for the log
   * @throws TlsException naming the setting and the file
   */
  public static SslContext forClients(TlsOptions options, Consumer<String> notices)
      throws TlsException {
    TlsSide side = new TlsSide("client_tls", options, notices);
    boolean demand = verifies(options.mode());
    if (demand && options.caFile() == null) {
      throw side.missing("_ca_file");
    }
    side.requireKeyPair();
    PrivateKey key = side.key();
    SslContextBuilder builder = SslContextBuilder.forServer(key, side.chain(key));
    builder.clientAuth(demand ? ClientAuth.REQUIRE : ClientAuth.NONE);
    if (options.caFile() != null) {
      builder.trustManager(side.authorities());
      builder.clientAuth(demand ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
    }
    return side.build(builder);
  }

  /**
   * The context of the connections to servers, {@code server_tls_*}. {@code verify-full} checks the
   * certificate and the host name, {@code verify-ca} the certificate, with the authorities of the
   * Java runtime where {@code server_tls_ca_file} is not set. Other modes check the certificate
   * only if it is set, as libpq does. Handlers need the server's name: {@code
   * context.newHandler(allocator, host, port)}.
   *
   * @param options of any mode but {@code disable}
   * @param notices takes sentences for the log
   * @throws TlsException naming the setting and the file
   */
  public static SslContext forServers(TlsOptions options, Consumer<String> notices)
      throws TlsException {
    TlsSide side = new TlsSide("server_tls", options, notices);
    SslContextBuilder builder = SslContextBuilder.forClient();
    builder.endpointIdentificationAlgorithm(options.mode() == SslMode.VERIFY_FULL ? "HTTPS" : null);
    if (options.caFile() != null) {
      builder.trustManager(side.authorities());
    } else if (!verifies(options.mode())) {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
    if (options.keyFile() != null || options.certFile() != null) {
      side.requireKeyPair();
      PrivateKey key = side.key();
      builder.keyManager(key, side.chain(key));
    }
    return side.build(builder);
  }

  /** What was negotiated, such as {@code TLSv1.3/TLS_AES_128_GCM_SHA256}, for the log and SHOW. */
  public static String describe(SSLSession session) {
    return session.getProtocol() + "/" + session.getCipherSuite();
  }

  private static boolean verifies(SslMode mode) {
    return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
  }

  /** What both sides have in common: files, protocols, ciphers, provider. */
  private record TlsSide(String prefix, TlsOptions options, Consumer<String> notices) {
    TlsSide {
      if (options.mode() == SslMode.DISABLE) {
        throw new IllegalArgumentException(prefix + " is disabled");
      }
    }

    TlsException missing(String suffix) {
      return new TlsException(prefix + suffix + " is not set, but " + prefix + "_sslmode needs it");
    }

    void requireKeyPair() throws TlsException {
      if (options.keyFile() == null) {
        throw missing("_key_file");
      }
      if (options.certFile() == null) {
        throw missing("_cert_file");
      }
    }

    PrivateKey key() throws TlsException {
      return Pem.privateKey(prefix + "_key_file", options.keyFile());
    }

    List<X509Certificate> authorities() throws TlsException {
      return Pem.certificates(prefix + "_ca_file", options.caFile());
    }

    List<X509Certificate> chain(PrivateKey key) throws TlsException {
      String setting = prefix + "_cert_file";
      List<X509Certificate> chain = Pem.certificates(setting, options.certFile());
      X509Certificate own = chain.getFirst();
      if (!KeyPairs.belongTogether(key, own.getPublicKey())) {
        throw Pem.problem(
            setting,
            options.certFile(),
            "does not belong to the private key of " + prefix + "_key_file: " + options.keyFile(),
            null);
      }
      if (own.getNotAfter().toInstant().isBefore(Instant.now())) {
        notices.accept(
            setting
                + ": certificate of "
                + options.certFile()
                + " expired "
                + own.getNotAfter().toInstant());
      }
      return chain;
    }

    SslContext build(SslContextBuilder builder) throws TlsException {
      builder.sslProvider(provider());
      builder.protocols(TlsNames.protocols(prefix + "_protocols", options.protocols()));
      builder.applicationProtocolConfig(ALPN_CONFIG);
      List<String> ciphers = TlsNames.ciphers(options.ciphers(), options.ciphers13());
      if (!ciphers.isEmpty()) {
        builder.ciphers(ciphers);
      }
      try {
        return probed(withoutSessions(builder.build()));
      } catch (SSLException | IllegalArgumentException refused) {
        throw new TlsException(prefix + " settings are not usable: " + reason(refused), refused);
      }
    }

    private SslProvider provider() {
      if (TlsNames.namesAny(options.ciphers13())) {
        notices.accept(
            prefix + "_ciphers13 is set: TLS runs on the JDK, BoringSSL has no choice of them");
        return SslProvider.JDK;
      }
      if (!OpenSsl.isAvailable()) {
        notices.accept(
            "TLS runs on the JDK, BoringSSL is not available: " + OpenSsl.unavailabilityCause());
        return SslProvider.JDK;
      }
      return SslProvider.OPENSSL;
    }

    private static SslContext withoutSessions(SslContext context) {
      if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
        sessions.setSessionCacheEnabled(false);
      } else {
        context.sessionContext().setSessionCacheSize(1); // the JDK takes 0 for "no limit"
      }
      return context;
    }

    /** Some settings are refused by the engine only: better now than at the first connection. */
    private static SslContext probed(SslContext context) {
      ReferenceCountUtil.release(context.newEngine(UnpooledByteBufAllocator.DEFAULT));
      return context;
    }

    private static String reason(Exception refused) {
      Throwable cause = refused.getCause() == null ? refused : refused.getCause();
      return cause.getMessage();
    }
  }
}
