// stream: the names of its failures.
#include <sluice/stream/error.hpp>

#include <string>

namespace sluice {

namespace {

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sluice.stream"; }
    std::string message(int value) const override {
        switch (static_cast<stream_errc>(value)) {
        case stream_errc::no_such_stream:
            return "no such stream";
        case stream_errc::stream_exists:
            return "stream exists";
        case stream_errc::locked:
            return "locked";
        case stream_errc::reserved:
            return "reserved";
        case stream_errc::fenced:
            return "fenced";
        case stream_errc::damaged:
            return "damaged";
        case stream_errc::out_of_range:
            return "out of range";
        case stream_errc::diverged:
            return "diverged";
        case stream_errc::malformed:
            return "malformed";
        case stream_errc::too_large:
            return "too large";
        case stream_errc::out_of_order:
            return "out of order";
        case stream_errc::no_such_cursor:
            return "no such cursor";
        case stream_errc::unfit:
            return "does not fit the format";
        }
        return "unknown error " + std::to_string(value);
    }
};

} // namespace

const boost::system::error_category& stream_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(stream_errc e) noexcept {
    return {static_cast<int>(e), stream_category()};
}

} // namespace sluice
