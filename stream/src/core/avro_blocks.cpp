// stream: an Avro piece block by block.
#include "avro_object.hpp"
#include "object_decoders.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// Where nothing that looks like a block comes next, all of the rest: the decoder says what is
/// wrong with it.
class avro_blocks final : public piece_content {
  public:
    avro_blocks(bytes_view bytes, bool at_block) : left_(bytes), in_header_(!at_block) {}

    result<bytes_view> next() override {
        const bytes_view some = left_.first(size_of_next());
        left_ = left_.subspan(some.size());
        in_header_ = false;
        return some;
    }

  private:
    std::size_t size_of_next() const {
        avro_wire::source from(left_);
        avro_header header;
        if (in_header_ && !take_avro_header(from, header)) return left_.size();
        from.take_long();
        const std::int64_t body = from.take_long();
        if (body < 0) return left_.size();
        from.take_raw(static_cast<std::uint64_t>(body));
        from.take_raw(avro_sync_bytes);
        return from.wrong() == nullptr ? from.offset() : left_.size();
    }

    bytes_view left_;
    bool in_header_;
};

} // namespace

std::unique_ptr<piece_content> make_avro_blocks(bytes_view bytes, bool at_block) {
    return std::make_unique<avro_blocks>(bytes, at_block);
}

} // namespace sluice
