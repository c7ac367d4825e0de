package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * New clients that log in with SCRAM-SHA-256 (RFC 5802) and leave, so many a second; some ask
 * something before they do, each in words that nobody has used before. The salted password is
 * derived once for each salt, so that it is the poolers that are measured and not the clients
 * beside them.
 */
final class LoginStorm implements Closeable {
  private static final int PROTOCOL = 3 << 16;
  private static final int BITS = 256;
  private static final int TICK_MILLIS = 10;
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int MOST_AT_A_TIME = 1_000;

  /** What clients do between their login and their leave. */
  enum Errand {
    NONE,
    /** They prepare a statement by name and execute it. */
    QUERY
  }

  private final int perSecond;
  private final Errand errand;
  private final int port;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Map<String, byte[]> salted = new ConcurrentHashMap<>();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong done = new AtomicLong();
  private final long began = System.nanoTime();
  private long started;

  private LoginStorm(int perSecond, Errand errand, int port) {
    this.perSecond = perSecond;
    this.errand = errand;
    this.port = port;
  }

  /** Begins. */
  static LoginStorm begin(int perSecond, Errand errand, int port) {
    LoginStorm storm = new LoginStorm(perSecond, errand, port);
    storm.clock.scheduleAtFixedRate(storm::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    return storm;
  }

  private void tick() {
    long due = (System.nanoTime() - began) / 1_000_000 * perSecond / 1_000;
    while (started < due && running.get() < MOST_AT_A_TIME) {
      long number = started++;
      running.incrementAndGet();
      Thread.ofVirtual().start(() -> client(number));
    }
  }

  private void client(long number) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      new Login(socket).run(number);
      done.incrementAndGet();
    } catch (IOException | GeneralSecurityException e) {
      failure.compareAndSet(null, e);
    } finally {
      running.decrementAndGet();
    }
  }

  /**
   * Ends it.
   *
   * @throws IOException when a login failed, or there were fewer than nine in ten of those due
   */
  @Override
  public void close() throws IOException {
    clock.shutdownNow();
    double seconds = (System.nanoTime() - began) / 1e9;
    if (failure.get() != null) {
      throw new IOException("a login failed: " + failure.get().getMessage(), failure.get());
    }
    if (done.get() < 0.9 * perSecond * (seconds - 1)) {
      throw new IOException(
          "only %.0f logins a second, not %d".formatted(done.get() / seconds, perSecond));
    }
  }

  private byte[] salted(String salt, int iterations) throws GeneralSecurityException {
    byte[] known = salted.get(salt);
    if (known == null) {
      PBEKeySpec spec =
          new PBEKeySpec(
              Bench.PASSWORD.toCharArray(), Base64.getDecoder().decode(salt), iterations, BITS);
      known =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
      salted.put(salt, known);
    }
    return known;
  }

  /** One client's conversation. */
  private final class Login {
    private static final int SASL = 10;
    private static final int CONTINUE = 11;
    private static final String FIRST = "n=,r=trunkline-bench";

    private final DataInputStream in;
    private final DataOutputStream out;

    Login(Socket socket) throws IOException {
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
    }

    void run(long number) throws IOException, GeneralSecurityException {
      byte[] parameters = bytes("user\0%s\0database\0%s\0\0".formatted(Bench.USER, Bench.DATABASE));
      out.writeInt(2 * Integer.BYTES + parameters.length);
      out.writeInt(PROTOCOL);
      out.write(parameters);
      awaitReady();
      if (errand == Errand.QUERY) {
        out.write(query(number));
        awaitReady();
      }
      out.write(new byte[] {'X', 0, 0, 0, 4});
    }

    private void awaitReady() throws IOException, GeneralSecurityException {
      byte tag;
      do {
        tag = in.readByte();
        byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
        if (tag == 'E') {
          throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
        } else if (tag == 'R') {
          answer(body[3], new String(body, 4, body.length - 4, StandardCharsets.UTF_8));
        }
      } while (tag != 'Z');
    }

    /** Parse, Bind, Execute, Sync. */
    private static byte[] query(long number) {
      String sql = "SELECT abalance + %d FROM account WHERE aid = 1".formatted(number);
      ByteBuffer all = ByteBuffer.allocate(sql.length() + 64);
      byte[] parse = bytes("visit\0" + sql + "\0\0\0");
      all.put((byte) 'P').putInt(Integer.BYTES + parse.length).put(parse);
      byte[] bind = bytes("\0visit\0\0\0\0\0\0\0");
      all.put((byte) 'B').putInt(Integer.BYTES + bind.length).put(bind);
      all.put((byte) 'E').putInt(2 * Integer.BYTES + 1).put((byte) 0).putInt(0);
      all.put((byte) 'S').putInt(Integer.BYTES);
      return Arrays.copyOf(all.array(), all.position());
    }

    private void answer(int step, String text) throws IOException, GeneralSecurityException {
      if (step == SASL) {
        byte[] first = bytes("n,," + FIRST);
        byte[] mechanism = bytes("SCRAM-SHA-256\0");
        out.writeByte('p');
        out.writeInt(2 * Integer.BYTES + mechanism.length + first.length);
        out.write(mechanism);
        out.writeInt(first.length);
        out.write(first);
      } else if (step == CONTINUE) {
        byte[] last = bytes(proof(text));
        out.writeByte('p');
        out.writeInt(Integer.BYTES + last.length);
        out.write(last);
      }
    }

    /** To {@code r=…,s=…,i=…}. */
    private String proof(String serverFirst) throws GeneralSecurityException {
      String[] parts = serverFirst.split(",", -1);
      String nonce = parts[0].substring(2);
      int iterations = Integer.parseInt(parts[2].substring(2));
      byte[] key = salted(parts[1].substring(2), iterations);
      String withoutProof = "c=biws,r=" + nonce;
      byte[] clientKey = hmac(key, "Client Key");
      byte[] stored = MessageDigest.getInstance("SHA-256").digest(clientKey);
      byte[] signature = hmac(stored, FIRST + "," + serverFirst + "," + withoutProof);
      byte[] proof = Arrays.copyOf(clientKey, clientKey.length);
      for (int i = 0; i < proof.length; i++) {
        proof[i] ^= signature[i];
      }
      return withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof);
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }
}
