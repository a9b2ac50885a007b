// stream: what a store answers that is only exported from.
#include <sluice/base/error.hpp>
#include <sluice/stream/stream_store.hpp>

namespace sluice {

task<result<reserved_stream>>
stream_store::open_reserved(std::string name, std::string, std::uint32_t) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "stream " + name + ": its store takes no imports";
    co_return why;
}

task<void> stream_store::undo_reservation(std::string, stream_before) {
    co_return;
}

} // namespace sluice
