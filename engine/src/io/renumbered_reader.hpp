// engine: a stream that an import filled, read as if it were the source.
#pragma once

#include <sluice/engine/imported_stream.hpp>
#include <sluice/stream/reader.hpp>

#include <memory>
#include <string>

namespace sluice {

/// Partitions have the source's numbers; those that the stream lacks are empty. What it refers to
/// must outlive it.
class renumbered_reader final : public reader {
  public:
    renumbered_reader(reader& in, const imported_stream& by, const stream_document& source);

    const stream_description& description() const override { return description_; }
    task<result<stream_bounds>> bounds(std::uint32_t partition) override;
    task<result<block_outline>> outline(position from, position end) override;
    task<result<void>> read(const block_outline& what, bytes_span into) override;
    task<result<std::uint64_t>> fingerprint(position next) override;
    task<result<position>> wait_beyond(position than, deadline by) override;
    task<result<std::unique_ptr<cursor>>> open_cursor(std::string name) override;

  private:
    position in_stream(position source) const;

    reader& in_;
    const imported_stream& by_;
    stream_description description_;
};

} // namespace sluice
