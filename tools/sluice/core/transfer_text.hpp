// tools: rows of the state file as text and JSON.
#pragma once

#include <sluice/engine/state_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// Puts the host behind addresses in `source` and `targets` where stores of several hosts have
/// places of one address. `destinations`: of each row.
void name_hosts(
    std::vector<transfer_row>& rows, const std::vector<std::vector<destination_row>>& destinations
);

std::string transfer_list_text(const std::vector<transfer_row>& rows);
std::string
transfer_text(const transfer_row& row, const std::vector<destination_row>& destinations = {});
std::string
transfer_json(const transfer_row& row, const std::vector<destination_row>& destinations = {});

/// The command that takes back the pause of a destination (empty: of all), or of one partition
/// towards it.
std::string resume_line(
    const std::string& transfer,
    const std::string& destination,
    std::optional<std::uint32_t> partition = std::nullopt
);

/// The state of what was under way when its process was killed, and nobody runs any more.
inline constexpr const char* interrupted = "interrupted";
/// Of a row that nobody runs: what had not come to rest was interrupted.
void mark_interrupted(transfer_row& row);
void mark_interrupted(destination_row& row);

/// Whether nothing more will happen without somebody starting it again.
bool has_ended(const transfer_row& row);

} // namespace sluice::command
