package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.darkread.DarkRead;
import dev.trunkline.proxy.darkread.Verdict;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.proxy.swap.SwapReport.Result;
import dev.trunkline.proxy.swap.SwapReport.Step;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.Preflight;
import dev.trunkline.shard.Preflight.Credentials;
import dev.trunkline.shard.PreflightCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is looked at before a swap. Blocks, and changes nothing. */
final class Checks {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final SwapSite site;
  private final Journey journey;

  Checks(SwapSite site, Journey journey) {
    this.site = site;
    this.journey = journey;
  }

  /** Every check that the request asks for, in order, whatever becomes of those before it. */
  List<PreflightCheck> run(SwapRequest request) {
    List<PreflightCheck> all = new ArrayList<>(ofHomes());
    if (request.darkReads() > 0) {
      all.add(darkReads(request.darkReads()));
    }
    return all;
  }

  /** Whether enough dark reads of just this scope have found the new home equal, and none not. */
  private PreflightCheck darkReads(long wanted) {
    DarkRead read = site.darkReads().find(journey.scope(), journey.to().home());
    if (read == null) {
      String none = "there is no dark read of " + journey.scope() + " against ";
      return darkReads(false, none + journey.to().home());
    }
    long equal = read.counts().count(Verdict.EQUAL);
    long mismatches = read.counts().count(Verdict.MISMATCH);
    return darkReads(
        mismatches == 0 && equal >= wanted,
        equal + " equal of " + wanted + " required, " + mismatches + " mismatches");
  }

  private static PreflightCheck darkReads(boolean holds, String found) {
    PreflightCheck.Result result =
        holds ? PreflightCheck.Result.PASSED : PreflightCheck.Result.FAILED;
    return new PreflightCheck("dark reads", result, found, 1);
  }

  /** Those of the new home itself. */
  List<PreflightCheck> ofHomes() {
    List<Credentials> users = users();
    if (users.isEmpty()) {
      return List.of(
          new PreflightCheck(
              "role",
              PreflightCheck.Result.FAILED,
              "nobody to log in as: set trunkline.swap_user, and its password in the block users",
              1));
    }
    Home to = journey.to().home();
    Home from = journey.alike() ? journey.from().home() : to;
    return new Preflight(from, to, journey.moving(), users, null, TIMEOUT).run();
  }

  /** Those that failed, "" for none; what several of them say is said once. */
  static String failures(List<PreflightCheck> checks) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (PreflightCheck check : checks) {
      if (check.result() == PreflightCheck.Result.FAILED) {
        names.computeIfAbsent(check.found(), found -> new ArrayList<>()).add(check.name());
      }
    }
    List<String> skipped =
        checks.stream()
            .filter(check -> check.result() == PreflightCheck.Result.SKIPPED)
            .map(PreflightCheck::name)
            .toList();
    String failed =
        names.entrySet().stream()
            .map(each -> String.join(", ", each.getValue()) + ": " + each.getKey())
            .collect(Collectors.joining("; "));
    return skipped.isEmpty() ? failed : failed + " Not looked at: " + String.join(", ", skipped);
  }

  /** As whom the homes are asked, the operator's role first. */
  List<Credentials> users() {
    return Homes.users(site.config(), journey.pools(site));
  }

  /** The steps that a swap would take now. */
  List<Step> outlook(SwapRequest request) {
    int open = 0;
    int running = 0;
    for (Pool pool : journey.pools(site)) {
      open += pool.connections();
      running += pool.count(ServerState.ACTIVE);
    }
    List<Step> steps = new ArrayList<>();
    steps.add(planned("warm", open + " connections to " + journey.to().home()));
    if (request.catchUp() != null) {
      steps.add(planned("approach", approach()));
    }
    steps.add(planned("pause", "new transactions of " + journey.scope() + " wait"));
    steps.add(planned("drain", running + " leases run on " + journey.from().name() + " now"));
    steps.add(planned("fence", request.fence() == null ? "none" : request.fence().sql()));
    steps.add(planned("verify", verification(request)));
    steps.add(planned("repoint", request.change().toString()));
    String within = "at most " + request.within().toMillis() + " ms after the pause began";
    steps.add(planned("resume", within));
    return steps;
  }

  private static String approach() {
    return "until the new home is at most %d ms behind, for at most %d ms"
        .formatted(Approach.NEAR.toMillis(), Approach.PATIENCE.toMillis());
  }

  private static String verification(SwapRequest request) {
    String caughtUp = request.catchUp() == null ? "" : request.catchUp() + " ";
    String query = request.verify() == null ? "" : request.verify();
    return caughtUp.isEmpty() && query.isEmpty() ? "none" : (caughtUp + query).strip();
  }

  private static Step planned(String name, String detail) {
    return new Step(name, Result.PLANNED, 0, detail);
  }
}
