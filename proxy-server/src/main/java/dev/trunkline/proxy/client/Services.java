package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.AccessRules;
import dev.trunkline.proxy.auth.LoginContext;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.darkread.DarkReads;
import dev.trunkline.proxy.gate.Gate;
import dev.trunkline.proxy.metrics.ErrorCounts;
import dev.trunkline.proxy.metrics.WorkspaceActivity;
import dev.trunkline.proxy.pool.Directory;
import dev.trunkline.proxy.pool.Peers;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.route.SqlRouting;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import java.util.Map;

/** What the sessions of clients need from the process. Safe from any thread. */
public interface Services {
  ProxyConfig config();

  Directory directory();

  /** The router of the current configuration; null when nothing is sharded. */
  Router router();

  /** Routing by SQL; null when it is off, or no tables are declared. */
  SqlRouting sqlRouting();

  /** Where new transactions wait while their scope is paused. */
  Gate gate();

  /** Which reads are repeated elsewhere, and compared. */
  DarkReads darkReads();

  LoginContext logins();

  /** What the current configuration demands of which client. */
  AccessRules accessRules();

  /** Secrets that auth_query has answered with. */
  UserSecrets userSecrets();

  CancelKeys cancelKeys();

  /** Other processes that a cancel request may be for. */
  Peers peers();

  ErrorCounts errors();

  WorkspaceActivity activity();

  /** Who may connect and how many do. */
  Admission admission();

  /** Parameters that servers report, as new clients are told them. */
  Welcomes welcomes();

  /** What TLS to clients is made with; null when client_tls_sslmode is disable. */
  SslContext clientTls();

  /** Gives the connection to the admin console. */
  void openConsole(ClientConnection connection, String user, String applicationName, boolean admin);

  /** The kernel's options for a client's socket. */
  Map<ChannelOption<?>, Object> socketOptions();
}
