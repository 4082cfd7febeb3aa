export { forecastChart, forecastRows, forecastSvg, forecastWords, power } from './drawing.ts'
export { ForecastCurve, forecastCurve } from './forecast-curve.ts'
