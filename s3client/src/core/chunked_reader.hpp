// s3client: takes the chunked framing off a body, byte runs in, byte runs out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::s3 {

/// RFC 9112 section 7.1. Chunk extensions and trailers are skipped.
class chunked_reader {
  public:
    struct step {
        std::size_t used = 0;  ///< bytes of the input that are done with
        std::string_view data; ///< body bytes, a part of the input
        bool done = false;     ///< the body's end was in it
        bool malformed = false;
    };
    /// Looks at `input` (not empty) and takes at least one byte of it, or says that it is done or
    /// malformed. Call again with the rest.
    step next(std::string_view input);

  private:
    enum class place { size = 1, extension, size_end, data, data_cr, data_lf, trailer, end };

    step next_data(std::string_view input);
    bool take_framing(char c);
    bool take_size_digit(char c);
    bool take_trailer(char c);

    place at_ = place::size;
    std::uint64_t left_ = 0;
    unsigned digits_ = 0;
    std::uint64_t line_ = 0;    ///< bytes in the current trailer line
    std::uint64_t skipped_ = 0; ///< framing bytes, so that extensions cannot go on for ever
};

} // namespace sluice::s3
