// s3sim: bodies in aws-chunked frames, read strictly, each signature checked before its successor.
#pragma once

#include "core/signature.hpp"

#include <sluice/base/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sim {

/// Takes the body's bytes as they come. Refuses: chunk heads, ends and trailers in any other shape
/// than the documented one (IncompleteBody, MalformedTrailerError), chunks under 8 KiB but the last
/// (InvalidChunkSizeError), wrong signatures (SignatureDoesNotMatch), another size than announced.
class chunk_decoder {
  public:
    /// `size`: x-amz-decoded-content-length; `trailer`: x-amz-trailer, "" for none.
    chunk_decoder(const payload_claim& claim, std::uint64_t size, std::string trailer);

    struct step {
        std::size_t used = 0; ///< bytes of the input that are done with
        bytes_view data;      ///< of these, what belongs to the body
    };
    /// Uses at least one byte of a non-empty input.
    outcome<step> next(bytes_view input);
    /// Whether all has come; anything after it is refused.
    bool done() const { return where_ == place::done; }
    /// The value of the trailer that was announced, once done.
    const std::string& trailer_value() const { return trailer_value_; }

  private:
    enum class place { head = 1, data, data_end, trailer, done };

    outcome<void> take_line(std::string line);
    outcome<void> begin_chunk(const std::string& line);
    outcome<void> end_chunk();
    outcome<void> take_trailer(const std::string& line);
    outcome<void> end_all();
    std::string chained(std::string_view kind, const std::string& rest);

    payload_claim claim_;
    std::uint64_t left_to_come_, left_in_chunk_ = 0;
    std::string trailer_name_;
    place where_ = place::head;
    std::string line_; ///< not yet whole
    std::string signature_;
    std::optional<sha256_stream> hash_;
    bool short_before_ = false, last_ = false;
    std::string trailer_value_, trailer_signature_;
    bool has_trailer_ = false;
};

} // namespace sluice::sim
