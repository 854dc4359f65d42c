package dev.tallygate.admin;

import dev.tallygate.keys.KeyStatus;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which keys a list shows, and in which order. */
final class KeyList {
  private static final int MOST_PER_PAGE = 500;
  private static final int PER_PAGE = 50;
  private static final int LAST_PAGE = 1_000_000;

  private final Ticker ticker;
  private final QuotaEnforcer quota;
  private final Function<String, LifetimeUsage> lifetimes;

  KeyList(Ticker ticker, QuotaEnforcer quota, Function<String, LifetimeUsage> lifetimes) {
    this.ticker = ticker;
    this.quota = quota;
    this.lifetimes = lifetimes;
  }

  /** What a list can be sorted by; keys without the value come last, in either direction. */
  private enum Sort {
    NAME,
    USED,
    EXPIRY_DATE,
    CREATED_AT,
    LAST_USED;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A part of the list.
   *
   * @param total how many keys there are on all pages
   */
  record Page(List<ApiKey> keys, int page, int perPage, int total) {}

  /** A key and what it is sorted by, which is looked up once. */
  private record Sorted(ApiKey key, @Nullable String text, @Nullable Long number) {}

  /**
   * The page that a request asks for.
   *
   * @throws Problem.Refused when its query has mistakes
   */
  Page page(Request request, Collection<ApiKey> keys) {
    Query query = Query.of(request, "q", "status", "sort", "page", "per_page");
    String search = query.text("q");
    KeyStatus status = status(query);
    String order = query.text("sort");
    Sort sort = sort(query, order);
    int page = query.number("page", 1, LAST_PAGE, 1);
    int perPage = query.number("per_page", 1, MOST_PER_PAGE, PER_PAGE);
    query.check();

    Instant now = ticker.now();
    // The dashboard asks for the first few every five seconds, and there may be 100,000.
    Best<Sorted> first =
        new Best<>(page * perPage, comparator(order != null && order.startsWith("-")));
    keys.stream()
        .filter(key -> status == null || KeyStatus.of(key, now) == status)
        .filter(key -> search == null || matches(key, search.toLowerCase(Locale.ROOT)))
        .map(key -> sorted(key, sort))
        .forEach(first::add);
    List<ApiKey> shown =
        first.inOrder().stream().skip((page - 1) * (long) perPage).map(Sorted::key).toList();
    return new Page(shown, page, perPage, first.seen());
  }

  private static @Nullable KeyStatus status(Query query) {
    String word = query.text("status");
    for (KeyStatus status : KeyStatus.values()) {
      if (status.label().equals(word)) {
        return status;
      }
    }
    if (word != null) {
      query.mistake("status", "expected active, disabled or expired");
    }
    return null;
  }

  private static Sort sort(Query query, @Nullable String order) {
    String word = order == null ? "" : order.startsWith("-") ? order.substring(1) : order;
    for (Sort sort : Sort.values()) {
      if (sort.label().equals(word)) {
        return sort;
      }
    }
    if (order != null) {
      query.mistake(
          "sort",
          "expected "
              + Arrays.stream(Sort.values()).map(Sort::label).collect(Collectors.joining(", "))
              + ", each also with - before it");
    }
    return Sort.NAME;
  }

  private static boolean matches(ApiKey key, String search) {
    return key.id().toLowerCase(Locale.ROOT).contains(search)
        || key.name().toLowerCase(Locale.ROOT).contains(search)
        || key.display().toLowerCase(Locale.ROOT).contains(search);
  }

  private Sorted sorted(ApiKey key, Sort sort) {
    return switch (sort) {
      case NAME -> new Sorted(key, key.name().toLowerCase(Locale.ROOT), null);
      case USED -> new Sorted(key, null, quota.usedNow(key.id()));
      case EXPIRY_DATE -> new Sorted(key, null, millis(key.expiresAt()));
      case CREATED_AT -> new Sorted(key, null, millis(key.createdAt()));
      case LAST_USED -> new Sorted(key, null, millis(lifetimes.apply(key.id()).lastUsed()));
    };
  }

  private static @Nullable Long millis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }

  private static Comparator<Sorted> comparator(boolean descending) {
    Comparator<String> texts = Comparator.naturalOrder();
    Comparator<Long> numbers = Comparator.naturalOrder();
    return Comparator.comparing(
            Sorted::text, Comparator.nullsLast(descending ? texts.reversed() : texts))
        .thenComparing(
            Sorted::number, Comparator.nullsLast(descending ? numbers.reversed() : numbers))
        .thenComparing(sorted -> sorted.key().id());
  }
}
