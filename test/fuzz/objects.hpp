// fuzzing: object decoders, fed in several cuts.
#pragma once

#include "fuzz.hpp"
#include "sample_events.hpp"

#include <algorithm>

namespace sluice::fuzz {

struct decoded {
    bool whole = false;
    byte_vector body;
};

/// Decodes a copy of each piece, so that reading beyond it is seen. Every batch must be what it
/// says of itself.
inline decoded decode(object_encoding as, std::string_view bytes, std::size_t cut, bool at_block) {
    decoded seen;
    const auto decoder = make_decoder(as, sample_context(), position{3, 0, 0}, at_block);
    const auto take = [&](const record_batch& batch) {
        must(batch.body.size() <= max_batch_bytes, "a batch is within its limit");
        const auto again = describe_body(batch.body, batch.first);
        must(accepted(again), "a delivered batch is well-formed");
        must(again->next == batch.next && again->events == batch.events, "a batch is described");
        append(seen.body, batch.body);
        return result<void>();
    };
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        const std::string piece(bytes.substr(at, cut));
        if (!accepted(decoder->feed(as_bytes(piece), take))) return seen;
    }
    seen.whole = accepted(decoder->finish(take));
    return seen;
}

/// However it is cut, the same is made of it. Byte by byte only what is short: that costs most.
inline void decode_in_cuts(object_encoding as, std::string_view bytes, bool at_block = false) {
    constexpr std::size_t is_short = 1000;
    const std::size_t finest = bytes.size() <= is_short ? 1 : 13;
    const decoded whole = decode(as, bytes, std::max<std::size_t>(bytes.size(), 1), at_block);
    for (const std::size_t cut : {finest, std::size_t{61}}) {
        const decoded seen = decode(as, bytes, cut, at_block);
        must(seen.whole == whole.whole, "cuts do not decide whether an object is accepted");
        if (whole.whole) must(seen.body == whole.body, "cuts do not change what is decoded");
    }
}

} // namespace sluice::fuzz
