package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Spring Cloud Gateway for {@code ./bench}: one route to the upstream, and one filter that checks
 * the key in a set and puts the master key in its place. Nothing is counted.
 */
@SpringBootApplication
public class GatewayApplication {
  public static void main(String... args) {
    SpringApplication.run(GatewayApplication.class, args);
  }

  @Bean
  RouteLocator routes(RouteLocatorBuilder routes, @Value("${bench.upstream}") String upstream) {
    return routes.routes().route(r -> r.path("/**").uri(upstream)).build();
  }

  /** {@code keys} is a file with a key in each line. */
  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  GlobalFilter keyCheck(@Value("${bench.keys}") Path keys) throws IOException {
    Set<String> known =
        Files.readAllLines(keys).stream().map("Bearer "::concat).collect(Collectors.toSet());
    return (exchange, chain) -> {
      String presented = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
      if (presented == null || !known.contains(presented)) {
        exchange.getResponse().setStatusCode(HttpStatus.UNAUTHORIZED);
        return exchange.getResponse().setComplete();
      }
      return chain.filter(
          exchange
              .mutate()
              .request(call -> call.header(HttpHeaders.AUTHORIZATION, "Bearer bench-master-key"))
              .build());
    };
  }
}
