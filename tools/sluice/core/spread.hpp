// tools: which partition an appended event goes to.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::command {

enum class spread_rule {
    fixed = 1,   ///< always the partition asked for
    key,         ///< by a hash of the key; an event without a key goes to partition 0
    round_robin, ///< in turn
};

/// Chooses partitions. The choice for a key never changes: CRC64NVME of the key modulo partitions.
class partition_chooser {
  public:
    /// `fixed` wins over `rule`. Errors: errc::invalid_argument for an unknown rule or a partition
    /// that the stream does not have.
    static result<partition_chooser>
    make(std::uint32_t partitions, std::optional<std::uint32_t> fixed, const std::string& rule);

    std::uint32_t choose(const std::optional<bytes_view>& key);

  private:
    spread_rule rule_ = spread_rule::key;
    std::uint32_t partitions_ = 1;
    std::uint32_t next_ = 0;
};

} // namespace sluice::command
