// stream: names of streams, in every store: they name folders on disks and in buckets, too.
#pragma once

#include <string_view>

namespace sluice {

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,199}`
bool is_stream_name(std::string_view name);

} // namespace sluice
