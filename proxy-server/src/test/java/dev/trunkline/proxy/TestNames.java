package dev.trunkline.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A name service for the tests' JVM whose answers can be changed: names that end in {@code
 * .trunkline.test}; the system's resolver has all others. Java finds it as a service.
 */
public final class TestNames extends InetAddressResolverProvider {
  private static final String ZONE = ".trunkline.test";
  private static final Map<String, InetAddress[]> ADDRESSES = new ConcurrentHashMap<>();

  /** Java calls this at its first lookup: the proxy of a test comes too late to say so. */
  public TestNames() {
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
  }

  /** Gives a name its addresses; none: there is no such name. */
  static void set(String name, String... addresses) throws UnknownHostException {
    InetAddress[] parsed = new InetAddress[addresses.length];
    for (int i = 0; i < addresses.length; i++) {
      byte[] literal = InetAddress.getByName(addresses[i]).getAddress();
      parsed[i] = InetAddress.getByAddress(name + ZONE, literal);
    }
    ADDRESSES.put(name + ZONE, parsed);
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    return new Resolver(configuration.builtinResolver());
  }

  @Override
  public String name() {
    return "names of Trunkline's tests";
  }

  private record Resolver(InetAddressResolver system) implements InetAddressResolver {
    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
        throws UnknownHostException {
      if (!host.endsWith(ZONE)) {
        return system.lookupByName(host, policy);
      }
      InetAddress[] addresses = ADDRESSES.get(host);
      if (addresses == null || addresses.length == 0) {
        throw new UnknownHostException(host);
      }
      return Stream.of(addresses);
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
      return system.lookupByAddress(address);
    }
  }
}
