package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import java.util.List;

/**
 * What came of an import.
 *
 * @param added in the order of the imported file
 * @param skipped its entries that were not taken over, each with the reason
 */
public record KeyImport(List<ApiKey> added, List<EntryProblem> skipped) {}
