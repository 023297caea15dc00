"""A small office with a resistance-capacitance envelope and an air-source heat pump, hour by hour.

Two temperatures carry the state: zone air (with furniture) and building mass. The couplings between them follow the
simple hourly method of ISO 13790:2008; the discretisation is exact for inputs that are constant within the hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg
import scipy.signal
from numpy.typing import ArrayLike

from replica import check

AIR_DENSITY = 1.2  # kg/m3
AIR_HEAT = 1005.0  # J/(kg K)
VAPORISATION = 2.45e6  # J/kg, heat of vaporisation of water near 20 degC
HOUR = 3600.0  # s
KELVIN = 273.15
WEATHER = ("temp_air", "temp_dew", "pressure", "wind_speed", "ghi", "dni", "dhi")


@dataclass(frozen=True)
class Office:
    """Parameters of the office; every default not taken from the article is an assumption, in SI units.

    Attributes
    ----------
    floor_area : float
        m2 (the article prints 522.0).
    height : float
        Storey height, m.
    wall_u, roof_u, window_u : float
        Heat transfer coefficients, W/(m2 K).
    window_share : float
        Glazed share of each of four equal facades.
    solar_transmittance : float
        Share of the sun on the glass that enters.
    air_capacity_factor : float
        Heat capacity of air and furniture over that of the air alone.
    mass_capacity : float
        J/(K m2 floor); 110,000 is the class "light" of ISO 13790.
    infiltration, infiltration_wind : float
        Air changes per hour at calm, and their rise per m/s of wind.
    ventilation : float
        Outdoor air while occupied, m3/(s m2 floor).
    gain_occupied, gain_empty : float
        Internal gains, W/m2 floor.
    set_occupied, set_empty : float
        Cooling set points, degC (the article prints 22.78 and 25.00 as a range).
    heat_occupied, heat_empty : float
        Heating set points, degC.
    opens, closes : int
        Clock hours between which the office is occupied on working days.
    indoor_humidity : float
        Humidity ratio kept indoors while cooling, kg water per kg dry air.
    second_law : float
        Share of the Carnot coefficient of performance that the heat pump reaches.
    cooling_rated, heating_rated : float
        W at 35 degC and at 8.3 degC outdoors.
    fan : float
        W, at full flow.
    """

    floor_area: float = 522.0
    height: float = 3.05
    wall_u: float = 0.5
    roof_u: float = 0.2
    window_u: float = 3.0
    window_share: float = 0.2
    solar_transmittance: float = 0.35
    air_capacity_factor: float = 5.0
    mass_capacity: float = 110e3
    infiltration: float = 0.10
    infiltration_wind: float = 0.05
    ventilation: float = 0.43e-3
    gain_occupied: float = 18.0
    gain_empty: float = 3.0
    set_occupied: float = 22.78
    set_empty: float = 25.00
    heat_occupied: float = 21.0
    heat_empty: float = 15.6
    opens: int = 7
    closes: int = 19
    indoor_humidity: float = 0.0095
    second_law: float = 0.5
    cooling_rated: float = 45e3
    heating_rated: float = 40e3
    fan: float = 1500.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check.number(name, value, 0.0)
        check.number("set_occupied", self.set_occupied, self.heat_occupied, open_low=True)
        check.number("set_empty", self.set_empty, self.heat_empty, open_low=True)

    @property
    def facade(self) -> float:
        """Area of one of the four facades, m2, for a square plan."""
        return float(np.sqrt(self.floor_area) * self.height)

    @property
    def air_capacity(self) -> float:
        """Heat capacity of air and furniture, J/K."""
        return AIR_DENSITY * AIR_HEAT * self.floor_area * self.height * self.air_capacity_factor

    @property
    def coupling(self) -> float:
        """Conductance between air and mass, W/K: 3.45 W/(m2 K) on 4.5 floor areas, then 9.1 on 2.5 (ISO 13790)."""
        return 1 / (1 / (3.45 * 4.5 * self.floor_area) + 1 / (9.1 * 2.5 * self.floor_area))

    @property
    def opaque(self) -> float:
        """Conductance of walls and roof between mass and outdoor air, W/K."""
        return 4 * self.facade * (1 - self.window_share) * self.wall_u + self.floor_area * self.roof_u

    def air_exchange(self, wind_speed: np.ndarray, occupied: np.ndarray) -> np.ndarray:
        """Conductance of windows, infiltration and ventilation between air and outdoor air, W/K.

        Parameters
        ----------
        wind_speed : (n,) array
            m/s.
        occupied : (n,) array of {0, 1}

        Returns
        -------
        (n,) array
        """
        glass = 4 * self.facade * self.window_share * self.window_u
        leak = self.floor_area * self.height * (self.infiltration + self.infiltration_wind * wind_speed) / HOUR
        return glass + AIR_DENSITY * AIR_HEAT * (leak + self.ventilation * self.floor_area * occupied)


def weather_from_tmy3(frame: pd.DataFrame) -> pd.DataFrame:
    """Weather for :func:`simulate` from a TMY3 file as pvlib reads it with mapped names.

    TMY3 labels an hour by its end and gives pressure in mbar; here the label is the start and pressure is in Pa.

    Parameters
    ----------
    frame : DataFrame
        From ``pvlib.iotools.read_tmy3(..., map_variables=True)``.

    Returns
    -------
    DataFrame
        The columns of ``WEATHER`` and relative_humidity (%).
    """
    columns = [*WEATHER, "relative_humidity"]
    missing = [name for name in columns if name not in frame]
    if missing:
        raise ValueError(f"frame: columns missing: {', '.join(missing)}")
    weather = frame[columns].astype(float)
    weather["pressure"] *= 100
    weather.index = weather.index - pd.Timedelta(hours=1)
    return weather


def humidity_ratio(dew_point: ArrayLike, pressure: ArrayLike) -> np.ndarray:
    """Mass of water vapour per mass of dry air.

    Parameters
    ----------
    dew_point : array
        degC, above -100.
    pressure : array
        Pa.

    Returns
    -------
    array
        kg/kg, with the vapour pressure of Alduchov & Eskridge (1996).

    Examples
    --------
    >>> round(float(humidity_ratio(12.0, 101325.0)), 4)
    0.0087
    """
    dew_point, pressure = check.array("dew_point", dew_point, -100.0), check.array("pressure", pressure, 0.0)
    vapour = 610.94 * np.exp(17.625 * dew_point / (243.04 + dew_point))
    if np.any(vapour >= pressure):
        raise ValueError("dew_point: the vapour pressure reaches the air pressure")
    return 0.62198 * vapour / (pressure - vapour)


def discretise(a: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Exact maps over one step of dx/dt = A x + v with v constant.

    x(step) = F x(0) + G v, and the mean of x over the step is (G x(0) + H v) / step, where F = exp(A step),
    G is the integral of exp(A s), and H the integral of G, all three read from one matrix exponential (Van Loan 1978).

    Parameters
    ----------
    a : (..., k, k) array
        1/s.
    step : float
        s.

    Returns
    -------
    F, G, H : (..., k, k) arrays

    Examples
    --------
    >>> f, g, h = discretise(np.array([[0.0]]), 2.0)
    >>> f.item(), g.item(), h.item()
    (1.0, 2.0, 2.0)
    """
    a, step = check.array("a", a), check.positive("step", step)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"a: expected square matrices, got shape {a.shape}")
    k = a.shape[-1]
    block = np.zeros((*a.shape[:-2], 3 * k, 3 * k))
    block[..., :k, :k] = a
    block[..., :k, k : 2 * k] = np.eye(k)
    block[..., k : 2 * k, 2 * k :] = np.eye(k)
    top = scipy.linalg.expm(block * step)[..., :k, :]
    return top[..., :k], top[..., k : 2 * k], top[..., 2 * k :]


def cooling_machine(office: Office, outdoor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficient of performance and capacity (W) in cooling at outdoor temperature (degC).

    A share of Carnot's coefficient between a coil at 7 degC and a condenser 15 K above outdoors (at least 25 degC);
    capacity falls by 1 % a kelvin above 35 degC and rises below.
    """
    coil, condenser = 7.0 + KELVIN, np.maximum(np.asarray(outdoor) + 15.0, 25.0) + KELVIN
    return (
        office.second_law * coil / (condenser - coil),
        office.cooling_rated * np.clip(1 - 0.01 * (np.asarray(outdoor) - 35.0), 0.0, 1.2),
    )


def heating_machine(office: Office, outdoor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficient of performance and capacity (W) in heating at outdoor temperature (degC).

    Carnot between an evaporator 10 K below outdoors (at most 15 degC) and a supply at 45 degC; capacity falls by
    2.5 % a kelvin below 8.3 degC, to a fifth at the least.
    """
    supply, evaporator = 45.0 + KELVIN, np.minimum(np.asarray(outdoor) - 10.0, 15.0) + KELVIN
    return (
        office.second_law * supply / (supply - evaporator),
        office.heating_rated * np.clip(1 + 0.025 * (np.asarray(outdoor) - 8.3), 0.2, 1.0),
    )


def schedule(office: Office, hours: pd.DatetimeIndex) -> np.ndarray:
    """1 in the hours (labelled by their start) in which the office is open, else 0; closed on weekends."""
    open_now = (hours.day_of_week < 5) & (hours.hour >= office.opens) & (hours.hour < office.closes)
    return np.asarray(open_now, dtype=float)


def solar_gain(office: Office, weather: pd.DataFrame, latitude: float, longitude: float) -> np.ndarray:
    """Sun through the glass of four facades, W, with the sun's place at the middle of each hour.

    Parameters
    ----------
    weather : DataFrame
        Columns ghi, dni, dhi (W/m2); a DatetimeIndex with time zone, labelling each hour by its start.

    Returns
    -------
    (n,) array
    """
    import pvlib

    check.number("latitude", latitude, -90.0, 90.0)
    check.number("longitude", longitude, -180.0, 180.0)
    middle = weather.index + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, latitude, longitude)
    on_glass = sum(
        pvlib.irradiance.get_total_irradiance(
            90.0,
            azimuth,
            sun["apparent_zenith"].to_numpy(),
            sun["azimuth"].to_numpy(),
            weather["dni"].to_numpy(),
            weather["ghi"].to_numpy(),
            weather["dhi"].to_numpy(),
            model="isotropic",
        )["poa_global"]
        for azimuth in (0.0, 90.0, 180.0, 270.0)
    )
    return np.asarray(on_glass) * office.facade * office.window_share * office.solar_transmittance


def occupancy_noise(n: int, seed: int, persistence: float = 0.8, spread: float = 0.2) -> np.ndarray:
    """Factor on the internal gains: exp of an AR(1) in hours, mean one.

    Parameters
    ----------
    n : int
        Hours.
    persistence : float
        Autocorrelation from hour to hour, in [0, 1).
    spread : float
        Standard deviation of the logarithm.
    """
    check.number("persistence", persistence, 0.0, 1.0, open_high=True)
    shocks = np.random.default_rng(seed).normal(0.0, check.number("spread", spread, 0.0), check.whole("n", n, 1))
    shocks[1:] *= np.sqrt(1 - persistence**2)
    logs = scipy.signal.lfilter([1.0], [1.0, -persistence], shocks)
    return np.exp(logs - spread**2 / 2)


def simulate(
    weather: pd.DataFrame, *, latitude: float, longitude: float, office: Office | None = None, seed: int = 1
) -> pd.DataFrame:
    r"""Run the office through hourly weather.

    With air a, mass m, outdoors o, conductances K (W/K), capacities C (J/K), gains Q (W):

    C_a dT_a/dt = K_am (T_m - T_a) + K_ao (T_o - T_a) + Q_internal/2 + Q_sun/5 + Q_hvac

    C_m dT_m/dt = K_am (T_a - T_m) + K_mo (T_o - T_m) + Q_internal/2 + 4 Q_sun/5

    The thermostat asks in each hour for the Q_hvac that brings the air to its set point at the end of the hour, within
    the capacity of the heat pump. While it cools, outdoor air in excess of the indoor humidity is dried as well.

    Parameters
    ----------
    weather : DataFrame
        Hourly, columns temp_air and temp_dew (degC), pressure (Pa), wind_speed (m/s), ghi, dni, dhi (W/m2); its
        DatetimeIndex has a time zone and labels each hour by its start.
    latitude, longitude : float
        Degrees, east positive.
    seed : int
        Of the random occupancy.

    Returns
    -------
    DataFrame
        power (kW, electric), set_point, air, mass, mean_air, mean_mass (degC; air and mass at the end of the hour,
        means within it), occupied, exchange (W/K), and the heat flows internal, sun, hvac, latent (W).

    Raises
    ------
    ValueError
        If a column is missing or holds a value that is not finite, or the index is not hourly with a time zone.
    """
    office, n = office or Office(), len(_checked(weather))
    outdoor = weather["temp_air"].to_numpy(float)
    occupied = schedule(office, weather.index)
    sun = solar_gain(office, weather, latitude, longitude)
    internal = np.where(occupied > 0, office.gain_occupied, office.gain_empty) * office.floor_area
    internal = internal * occupancy_noise(n, seed)
    exchange = office.air_exchange(weather["wind_speed"].to_numpy(float), occupied)
    capacity = np.array([office.air_capacity, office.mass_capacity * office.floor_area])
    f, g, h = discretise(system_matrix(office, exchange), HOUR)
    drive = (
        np.stack(
            [exchange * outdoor + internal / 2 + sun / 5, office.opaque * outdoor + internal / 2 + 4 * sun / 5], axis=1
        )
        / capacity
    )
    cool = np.where(occupied > 0, office.set_occupied, office.set_empty)
    heat = np.where(occupied > 0, office.heat_occupied, office.heat_empty)
    cool_cop, cool_limit = cooling_machine(office, outdoor)
    heat_cop, heat_limit = heating_machine(office, outdoor)

    state = np.array([office.set_occupied, office.set_occupied])
    ends, means, hvac = np.empty((n, 2)), np.empty((n, 2)), np.empty(n)
    for t in range(n):
        free = f[t] @ state + g[t] @ drive[t]
        target = min(max(free[0], heat[t]), cool[t])
        response = g[t, 0, 0] / capacity[0]
        hvac[t] = np.clip((target - free[0]) / response, -cool_limit[t], heat_limit[t])
        forcing = drive[t] + np.array([hvac[t] / capacity[0], 0.0])
        means[t] = (g[t] @ state + h[t] @ forcing) / HOUR
        state = ends[t] = f[t] @ state + g[t] @ forcing

    sensible = np.maximum(-hvac, 0.0)
    latent = np.minimum(latent_load(office, weather, exchange) * (sensible > 0), cool_limit - sensible)
    run = np.maximum(sensible / cool_limit, np.maximum(hvac, 0.0) / heat_limit)
    power = (sensible + latent) / cool_cop + np.maximum(hvac, 0.0) / heat_cop + office.fan * np.maximum(run, occupied)
    return pd.DataFrame(
        {
            "power": power / 1000,
            "set_point": cool,
            "air": ends[:, 0],
            "mass": ends[:, 1],
            "mean_air": means[:, 0],
            "mean_mass": means[:, 1],
            "occupied": occupied,
            "exchange": exchange,
            "internal": internal,
            "sun": sun,
            "hvac": hvac,
            "latent": latent,
        },
        index=weather.index,
    )


def system_matrix(office: Office, exchange: np.ndarray) -> np.ndarray:
    """State matrix A (1/s) of air and mass for each conductance to outdoors in `exchange` (W/K): (n, 2, 2) array."""
    exchange = np.asarray(exchange, dtype=float)
    a = np.empty((*exchange.shape, 2, 2))
    a[..., 0, 0] = -(office.coupling + exchange) / office.air_capacity
    a[..., 0, 1] = office.coupling / office.air_capacity
    a[..., 1, 0] = office.coupling / (office.mass_capacity * office.floor_area)
    a[..., 1, 1] = -(office.coupling + office.opaque) / (office.mass_capacity * office.floor_area)
    return a


def latent_load(office: Office, weather: pd.DataFrame, exchange: np.ndarray) -> np.ndarray:
    """Heat of drying the outdoor air that enters, W; `exchange` is the air's conductance with the glass, W/K."""
    glass = 4 * office.facade * office.window_share * office.window_u
    dry_air = (exchange - glass) / AIR_HEAT  # kg/s
    outdoor = humidity_ratio(weather["temp_dew"].to_numpy(float), weather["pressure"].to_numpy(float))
    return dry_air * VAPORISATION * np.maximum(outdoor - office.indoor_humidity, 0.0)


def energy_residual(office: Office, weather: pd.DataFrame, run: pd.DataFrame) -> np.ndarray:
    """Heat stored less heat received in each hour but the first, as a share of the largest hourly heat flow.

    Uses the means within the hour that :func:`simulate` returns; zero up to rounding if the discretisation is exact.

    Returns
    -------
    (n - 1,) array
    """
    outdoor = weather["temp_air"].to_numpy(float)
    received = HOUR * (
        run["exchange"].to_numpy() * (outdoor - run["mean_air"].to_numpy())
        + office.opaque * (outdoor - run["mean_mass"].to_numpy())
        + run[["internal", "sun", "hvac"]].sum(axis=1).to_numpy()
    )
    stored = office.air_capacity * run["air"].to_numpy() + office.mass_capacity * office.floor_area * run["mass"]
    return (np.diff(stored) - received[1:]) / (HOUR * run[["internal", "sun", "hvac"]].abs().to_numpy().max())


def _checked(weather: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in WEATHER if name not in weather]
    if missing:
        raise ValueError(f"weather: columns missing: {', '.join(missing)}")
    check.matrix("weather", weather[list(WEATHER)].to_numpy(float))
    index = weather.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None or len(index) < 2:
        raise ValueError("weather: the index must be a DatetimeIndex with a time zone and at least two hours")
    if (np.diff(index) != pd.Timedelta(hours=1)).any():
        raise ValueError("weather: the index must be hourly, without gaps")
    return weather
