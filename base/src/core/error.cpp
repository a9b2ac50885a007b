// base: the names of its failures.
#include <sluice/base/error.hpp>

#include <string>

namespace sluice {

namespace {

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sluice"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::invalid_argument:
            return "invalid argument";
        case errc::damaged:
            return "damaged";
        case errc::unsupported_version:
            return "unsupported version";
        case errc::disk_full:
            return "disk full";
        case errc::io_error:
            return "io error";
        case errc::not_found:
            return "not found";
        case errc::timed_out:
            return "timed out";
        case errc::cancelled:
            return "cancelled";
        case errc::limit_exceeded:
            return "limit exceeded";
        }
        return "unknown error " + std::to_string(value);
    }
};

} // namespace

const boost::system::error_category& base_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), base_category()};
}

} // namespace sluice
