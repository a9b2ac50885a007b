// s3client: a body inside its aws-chunked frame, made while it is sent.
#pragma once

#include "../core/aws_chunked.hpp"
#include "../core/running_checksum.hpp"

#include <sluice/s3/body.hpp>

#include <string>

namespace sluice::s3 {

/// Good for one try: the signatures continue that of the try's head. `from` must stand at its
/// front; `room` is for the texts between, and outlives it. Unsigned data passes through untouched;
/// signed data is collected chunk by chunk, as the signature precedes what it signs.
class framed_body final : public body_source {
  public:
    framed_body(
        body_source& from,
        const chunked_shape& shape,
        chunk_signer chain,
        checksum::kind trailer,
        std::string& room
    );

    std::uint64_t size() const override { return encoded_size(shape_); }
    task<result<bytes_view>> next(std::size_t most) override;
    /// Never called: another try has another frame.
    void rewind() override;
    void leaves_by(const outlet* way) override { from_.leaves_by(way); }

    /// Of the data; once all was read.
    const checksum& sum() const { return sum_; }

  private:
    task<result<void>> collect_signed_chunk();
    void end();
    bytes_view take(std::size_t most);

    body_source& from_;
    chunked_shape shape_;
    chunk_frames frames_;
    running_checksum running_;
    checksum sum_;
    std::string& text_;      ///< of the frame
    byte_vector chunk_;      ///< a signed chunk behind room for its head
    bytes_view ready_;       ///< of these two, to be handed out
    std::uint64_t left_ = 0; ///< of the data of an unsigned chunk
    bool ended_ = false;
};

} // namespace sluice::s3
